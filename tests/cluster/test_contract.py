"""Compare a snapshot in a cluster with one in a folder: they must behave alike."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from index.backends import snapshot_store
from index.build.cluster import ClusterBuild, build_in_cluster
from index.build.pipeline import build
from index.errors import QuestionError, QuoteMismatch
from index.filters import ALL_ARTICLES, Scope
from index.searcher import Searcher
from index.store.backend import ClusterAddress
from index.types import Answer, Quote, Verdict
from index.verification.result import Match
from index.verification.verify import verify
from tests.support.cluster import empty_database

_HOSTILE = "tea') or true -- \"%s {0} \\ ünï"
_PAGE = "---\ntitle: {title}\npublisher: {publisher}\npublished: {date}\n---\n\n{text}\n"
_STORY = (
    "A lorry with eleven tonnes of honey overturned near Kirkwall on Tuesday morning. "
    "Nobody was hurt, but the road stayed closed for nine hours."
)
_LONG = " ".join(  # more than 64 kB; the model reads a word of over 100 letters as one token
    f"Entry {number} names the harbour of port{number}, and its chart is {number:x<1100}."
    for number in range(60)
)


def _page(title: str, text: str, publisher: str = "Leaf Press", date: str = "2021-05-01") -> str:
    return _PAGE.format(title=title, publisher=publisher, date=date, text=text)


FILES: dict[str, str | bytes] = {
    "tea/green.md": _page(
        "Green tea",
        "Green tea is steamed within hours of the harvest. It is not fermented.\n\n"
        "The water for green tea should have seventy degrees. Boiling water makes it bitter.",
    ),
    "tea/black.md": _page(
        "Black tea", "Black tea is fermented for four hours. It keeps for years.", date="2023-02"
    ),
    f"{_HOSTILE}/{_HOSTILE}.md": _page(
        "Quotation marks", "The seventh cellar of the monastery holds cider.", "O''Hara \\\\ %s"
    ),
    "discord-server-5/rule.md": _page("House rule", "The password of the club is swordfish."),
    "papers/one.md": _page("Honey on the road", _STORY, "The Orcadian", "2024-03-05"),
    "papers/two.md": _page("Lorry overturns", f"{_STORY} Police thanked the bees.", "Isle News"),
    "long.txt": f"Harbours\n\n{_LONG}",
    "news/prices.rss": "<rss><channel><title>Prices</title>"
    "<item><title>Tea</title><pubDate>Mon, 09 Jan 2023 10:00:00 GMT</pubDate>"
    "<description>Green tea has become cheap in the harbour.</description></item>"
    "<item><title>Old</title><pubDate>Sat, 01 May 2021 10:00:00 GMT</pubDate>"
    "<description>Green tea was dear in the harbour.</description></item></channel></rss>",
    "lone.txt": b"\xff\xfe"
    + "Broken\n\nThe \ud800 ferry to Stromness leaves at dawn.".encode(
        "utf-16-le", "surrogatepass"
    ),
    "releases.md": "# Releases\n\n## v7.4.2\n\nSteamed leaves are dried.\n\n## v7.4.1\n\nNew: tea.",
    "tee.md": _page("Schwarzer Tee", "Schwarzer Tee wird vier Stunden lang fermentiert."),
}

QUESTIONS = (
    "How long is black tea fermented?",
    "What temperature should the water for green tea have?",
    "How many tonnes of honey were on the lorry?",
    "Is green tea fermneted, or staemed?",
    "Where did a lorry overturn?",
    "What does the seventh cellar hold?",
    "When does the ferry to Stromness leave?",
    "Which harbour does entry 34 name?",
    "What is the password of the club?",
    "Wie lange wird schwarzer Tee fermentiert?",
    "How long is black tea fermennted and how warm is the water for green tea?",
    "Which monastry holds cyder?",
    "port17",
    "What is new in 7.4.2?",
    'Who said "the road stayed closed"?',
    "Who won the chess olympiad of 1972?",
    "the of and",
    "\ud800 ferry",
)

SCOPES = (
    ALL_ARTICLES,
    Scope(source="tea/black.md"),
    Scope(excluded_article="papers/one.md"),
    Scope(collections=("tea", "")),
    Scope(excluded_collections=("tea", "papers")),
    Scope(private_collections=()),
    Scope(private_collections=("discord-server-5",), collections=("tea",)),
    Scope(excluded_articles=frozenset({"tea/green.md", f"{_HOSTILE}/{_HOSTILE}.md"})),
    Scope(collections=(_HOSTILE,)),
    Scope(publisher="LEAF press"),
    Scope(publisher="' or 1 == 1"),
    Scope(since="2023"),
    Scope(until="2021-05"),
    Scope(since="2023-02", until="2023"),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same articles in a folder and in a cluster."""

    folder: Searcher
    cluster: Searcher


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, milvus: str
) -> Iterator[Pair]:
    work = tmp_path_factory.mktemp("contract")
    for name, content in FILES.items():
        path = work / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    build(work / "seeds", work / "index")
    with empty_database(postgres_server) as postgres:
        address = ClusterAddress(milvus, postgres)
        build_in_cluster(ClusterBuild(work / "seeds", address))
        with (
            closing(snapshot_store(work, address)) as store,
            Searcher.open(work / "index") as folder,
            Searcher.open_from(store) as cluster,
        ):
            yield Pair(folder, cluster)


@pytest.fixture(params=["folder", "cluster"])
def searcher(pair: Pair, request: pytest.FixtureRequest) -> Searcher:
    opened: Searcher = getattr(pair, request.param)
    return opened


def _plain(quote: Quote) -> Quote:
    """Return a quote without its row, which differs, and its score, rounded differently."""
    return replace(quote, row=0, score=0.0, duplicates=tuple(map(_plain, quote.duplicates)))


def _comparable(answer: Answer) -> tuple[Any, ...]:
    ranking = [
        (hit.article, hit.start, pytest.approx(hit.score, abs=1e-4)) for hit in answer.ranking
    ]
    quotes = [*map(_plain, answer.quotes)]
    kinds = answer.verdict, answer.input_kind, answer.has_more
    return kinds, quotes, ranking, answer.parts, answer.corrected


@pytest.mark.parametrize("scope", SCOPES)
def test_both_give_the_same_answers(pair: Pair, scope: Scope) -> None:
    for question in QUESTIONS:
        first = pair.folder.ask(question, ranking=10, scope=scope)
        second = pair.cluster.ask(question, ranking=10, scope=scope)
        assert _comparable(first) == _comparable(second), question
        pair.cluster.quoter.check(*second.quotes)


def test_further_pages_are_the_same(pair: Pair) -> None:
    for question in QUESTIONS[:4]:
        first = pair.folder.ask(question, limit=2, skip=2, fill=True)
        second = pair.cluster.ask(question, limit=2, skip=2, fill=True)
        assert _comparable(first) == _comparable(second)


@pytest.mark.parametrize("scope", SCOPES)
def test_both_list_the_same_articles(pair: Pair, scope: Scope) -> None:
    folder, cluster = pair.folder.opened, pair.cluster.opened
    assert folder.sources(scope) == cluster.sources(scope)
    assert folder.count(scope) == cluster.count(scope)
    assert folder.collections(scope) == cluster.collections(scope)
    assert folder.publishers(scope) == cluster.publishers(scope)
    assert folder.article_languages(scope) == cluster.article_languages(scope)


def test_articles_are_listed_page_by_page(searcher: Searcher) -> None:
    paths = [source.path for source in searcher.opened.sources()]
    pages: list[str] = []
    while page := searcher.opened.sources(after=pages[-1] if pages else "", limit=2):
        pages += [source.path for source in page]
    assert pages == paths
    assert paths[:2] == ["papers/one.md", "tea/black.md"]
    assert [each.path for each in searcher.opened.sources(like="LORRY isle")] == ["papers/two.md"]


def test_both_read_the_same_articles(pair: Pair) -> None:
    for path in (source.path for source in pair.folder.opened.sources()):
        assert pair.folder.opened.source(path) == pair.cluster.opened.source(path)
        assert pair.folder.text(path) == pair.cluster.text(path)
        first, second = ([*each.passages(path)] for each in (pair.folder, pair.cluster))
        assert [each.passage for each in first] == [each.passage for each in second]
        assert [each.context for each in first] == [each.context for each in second]
        assert pair.folder.quoter.cite(1, first[-1]) == pair.cluster.quoter.cite(1, second[-1])
        quotes = [each.quoter.quote_span(1, path, 30, 40) for each in (pair.folder, pair.cluster)]
        assert _plain(quotes[0]) == _plain(quotes[1])


def test_both_find_the_same_texts(pair: Pair) -> None:
    for text in (
        "stayed closed for nine hours",
        "the password of the club is swordfish",
        "Green tea is steamed within days of the harvest",
        "Entry 34 names the harbour of port34, with",
        "not in any article whatsoever",
    ):
        first, second = verify(pair.folder, text), verify(pair.cluster, text)
        assert first.match is second.match
        assert [_plain(each.quote) for each in first.places] == [
            _plain(each.quote) for each in second.places
        ]


def test_a_quotation_is_found_word_for_word(searcher: Searcher) -> None:
    found = verify(searcher, "the road stayed closed for nine hours")
    assert found.match is Match.EXACT
    assert {place.quote.citation.article for place in found.places} == {
        "papers/one.md",
        "papers/two.md",
    }


def test_a_private_article_is_not_quoted_elsewhere(searcher: Searcher) -> None:
    question = "What is the password of the club?"
    private = Scope(private_collections=("discord-server-5",))
    assert "swordfish" in searcher.ask(question, scope=private).quotes[0].highlight.text
    others = searcher.ask(question, scope=Scope(private_collections=("discord-server-6",)))
    assert all("swordfish" not in quote.passage.text for quote in others.quotes)


def test_an_article_over_64_kilobytes_is_quoted(searcher: Searcher) -> None:
    answer = searcher.ask("Which harbour does entry 34 name?")
    assert answer.verdict is Verdict.ANSWERED
    assert answer.quotes[0].citation.article == "long.txt"
    assert len(searcher.text("long.txt")) > 65_536
    searcher.quoter.check(*answer.quotes)


@pytest.mark.parametrize("path", ["nowhere.md", "' or true", "\ud800", "a\0b", ""])
def test_an_unknown_article_is_an_error(searcher: Searcher, path: str) -> None:
    assert searcher.opened.source(path) is None
    with pytest.raises(QuestionError, match="no article"):
        searcher.text(path)
    with pytest.raises(QuestionError, match="no article"):
        searcher.ask("How long is black tea fermented?", scope=Scope(source=path))


def test_a_paragraph_out_of_range_is_an_error(searcher: Searcher) -> None:
    for paragraph in (0, 3, -1):
        with pytest.raises(QuestionError, match="from 1 to 2"):
            searcher.passage("tea/green.md", paragraph)


def test_a_forged_quote_is_rejected(searcher: Searcher) -> None:
    (quote, *_) = searcher.ask("How long is black tea fermented?").quotes
    forged = replace(quote.passage, text=quote.passage.text.replace("four", "nine"))
    with pytest.raises(QuoteMismatch):
        searcher.quoter.check(replace(quote, passage=forged))


def test_a_folder_needs_no_packages_of_the_cluster(tmp_path: Path) -> None:
    store = snapshot_store(tmp_path)
    assert store.current() is None
    assert store.why_unavailable() == ""
