from pathlib import Path

import pytest

from index.build.pipeline import build
from index.errors import SnapshotError
from index.filters import ALL_ARTICLES, Scope
from index.store.local import LocalStore, contents_of
from tests.support.index_fixtures import MakeSeeds

_PAGE = (
    "---\ntitle: {0}\npublisher: {1}\npublished: {2}\nlang: {3}\n---\n\nSome text of {0}.\n\nMore."
)
_FILES: dict[str, str | bytes] = {
    "tea/green.md": _PAGE.format("Green tea", "Leaf Press", "2021-05-01", "en"),
    "tea/black.md": _PAGE.format("Black tea", "leaf press", "2023-01-09", "en"),
    "beans.md": _PAGE.format("Kaffee", "Bohnenblatt", "2021-05-01", "de"),
}


@pytest.fixture
def store(index: Path, make_seeds: MakeSeeds) -> LocalStore:
    build(make_seeds(_FILES), index)
    return LocalStore(index)


def test_articles_are_listed_page_by_page(store: LocalStore) -> None:
    opened = store.open_current()
    first = opened.sources(ALL_ARTICLES, limit=2)
    rest = opened.sources(ALL_ARTICLES, after=first[-1].path, limit=2)
    assert [each.path for each in [*first, *rest]] == ["tea/black.md", "beans.md", "tea/green.md"]
    opened.close()


def test_articles_are_listed_by_words_and_scope(store: LocalStore) -> None:
    opened = store.open_current()
    tea = Scope(collections=("tea",))
    assert [each.path for each in opened.sources(tea, like="GREEN leaf")] == ["tea/green.md"]
    assert opened.sources(ALL_ARTICLES, like="green kaffee") == []
    assert opened.count(tea) == (2, 4)
    assert opened.collections(ALL_ARTICLES) == ["", "tea"]
    assert opened.publishers(tea) == ["Leaf Press", "leaf press"]
    assert opened.article_languages(ALL_ARTICLES) == ["de", "en"]
    opened.close()


def test_a_passage_is_found_by_a_position(store: LocalStore) -> None:
    opened = store.open_current()
    text = opened.article_bytes(["beans.md"])["beans.md"].decode()
    first, second = opened.article_passages("beans.md")
    assert opened.passage_at("beans.md", 0) == first
    assert opened.passage_at("beans.md", text.index("More")) == second
    assert opened.passage_at("beans.md", 10 * len(text)) == second
    assert opened.article_passages("beans.md", 2, 2) == [second]
    opened.close()


_ITEM = "<item><title>{0}</title>{1}<description>Tea of {0} is cheap.</description></item>"


def test_entries_of_a_feed_are_filtered_by_their_dates(index: Path, make_seeds: MakeSeeds) -> None:
    days = {"May": "Wed, 01 May 2024", "June": "Sat, 01 Jun 2024", "July": "Mon, 01 Jul 2024"}
    items = [
        _ITEM.format(name, f"<pubDate>{day} 10:00:00 GMT</pubDate>") for name, day in days.items()
    ]
    items.append(_ITEM.format("old", ""))
    feed = f"<rss><channel><title>Prices</title>{''.join(items)}</channel></rss>"
    build(make_seeds({**_FILES, "prices.rss": feed}), index)
    opened = LocalStore(index).open_current()

    def found(since: str) -> list[str]:
        hits = opened.bm25_search("cheap tea", 1, Scope(since=since))
        hits += opened.phrase_search(["is cheap"], 9, Scope(since=since))
        query = opened.encoder.encode(["cheap tea"])
        hits += opened.retrieve("cheap tea", query, 9, Scope(since=since)).cosines.items()
        return sorted({opened.passage(row).metadata.title for row, _ in hits})

    assert found("2024-06") == ["July", "June"]
    assert found("2024-07") == ["July"]
    assert found("2024-08") == []
    assert [each.metadata.published for each in opened.sources(Scope(since="2024-06"))] == [
        "2024-07-01"
    ]
    opened.close()


def test_only_a_folder_has_contents() -> None:
    with pytest.raises(SnapshotError, match="QUOTH_MILVUS"):
        contents_of(object())  # type: ignore[arg-type]
