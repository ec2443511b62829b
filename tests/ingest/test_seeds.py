import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest import read_file
from index.ingest.loader import MAX_BYTES
from index.ingest.seeds import (
    ArticleDraft,
    SeedExists,
    SeedGone,
    SeedRefused,
    drafted,
    files_of,
    put,
    safe_name,
    take,
)

TEXT = b"Tea\n\nTea is made from the leaves of Camellia sinensis."


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("tea.md", "tea.md"),
        ("../../etc/passwd.TXT", "passwd.txt"),
        ("..\\..\\Über uns.txt", "Über uns.txt"),
        (".hidden.md", "hidden.md"),
        ("a\x00b\u202e\ud800.txt", "a-b-.txt".replace("b-.", "b.")),
        ("#litter#.txt", "litter.txt"),
        ("  .txt", "article.txt"),
        ("***.txt", "article.txt"),
        ("Q&A (2024), part 1+2.md", "Q&A (2024), part 1+2.md"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(st.characters(), max_size=300))
def test_every_name_becomes_one_that_stays_in_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert not safe.startswith((".", "-", "~"))
    assert 0 < len(safe.encode()) <= 255 or len(name) > 100


def test_an_article_comes_into_the_seeds_whole(seeds: Path) -> None:
    assert put(seeds, None, "Tea.TXT", TEXT) == "Tea.txt"
    assert (seeds / "Tea.txt").read_bytes() == TEXT
    assert [entry.name for entry in seeds.iterdir()] == ["Tea.txt"]


def test_a_collection_that_is_not_there_yet_is_made(seeds: Path) -> None:
    assert put(seeds, "news", "tea.txt", TEXT) == "news/tea.txt"
    assert (seeds / "news" / "tea.txt").read_bytes() == TEXT


@pytest.mark.parametrize("there", ["tea.txt", "tea.md", "TEA.txt"])
def test_an_article_that_is_there_is_never_written_over_unasked(seeds: Path, there: str) -> None:
    (seeds / there).write_text("older")
    with pytest.raises(SeedExists, match=f"an article {there} already"):
        put(seeds, None, "tea.txt", TEXT)
    assert (seeds / there).read_text() == "older"
    assert len(list(seeds.iterdir())) == 1


def test_where_no_file_can_have_two_names_articles_come_in_all_the_same(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    put(seeds, "", "tea.md", TEXT)
    with pytest.raises(SeedExists):
        put(seeds, "", "tea.md", TEXT)
    assert [path.name for path in seeds.iterdir()] == ["tea.md"]


def test_an_article_is_replaced_when_that_is_asked_for(seeds: Path) -> None:
    (seeds / "tea.txt").write_text("older")
    assert put(seeds, None, "tea.txt", TEXT, replace=True) == "tea.txt"
    assert (seeds / "tea.txt").read_bytes() == TEXT


def test_replacing_never_leaves_two_articles_of_one_slug(seeds: Path) -> None:
    (seeds / "tea.md").write_text("older")
    with pytest.raises(SeedExists, match=r"tea\.md"):
        put(seeds, None, "tea.txt", TEXT, replace=True)


@pytest.mark.parametrize("collection", ["..", "../other", "a/b", "link"])
def test_nothing_is_written_outside_the_seeds(seeds: Path, collection: str) -> None:
    (seeds.parent / "elsewhere").mkdir()
    (seeds / "link").symlink_to(seeds.parent / "elsewhere")
    with pytest.raises(SeedRefused, match="no folder directly inside"):
        put(seeds, collection, "tea.txt", TEXT)
    assert not list((seeds.parent / "elsewhere").iterdir())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("tea.exe", TEXT, r"files ending in \.exe are not read"),
        ("tea", TEXT, "without suffix"),
        ("tea.txt", b"", "empty|no text"),
        ("tea.txt", b"\x7fELF" + bytes(range(256)) * 40, "tea.txt"),
        ("tea.md", b"---\nurl: nowhere\n---\nTea is a drink.", "url is 'nowhere'"),
        ("tea.txt", b"x" * (MAX_BYTES + 1), "wanted 20,000,000 at most"),
    ],
)
def test_what_cannot_be_quoted_does_not_come_in(
    seeds: Path, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(SeedRefused, match=why):
        put(seeds, None, name, content)
    assert not list(seeds.iterdir())


def test_an_article_is_taken_out_with_what_stands_beside_it(seeds: Path) -> None:
    path = put(seeds, "news", "tea.txt", TEXT)
    (seeds / "news" / "tea.txt.yaml").write_text("title: Tea")
    (seeds / "news" / "teas.txt.yaml").write_text("title: Teas")
    assert files_of(seeds, path) == [("tea.txt", TEXT), ("tea.txt.yaml", b"title: Tea")]
    take(seeds, path)
    assert [one.name for one in (seeds / "news").iterdir()] == ["teas.txt.yaml"]
    for gone in (take, files_of):
        with pytest.raises(SeedGone, match=r"no article news/tea\.txt"):
            gone(seeds, path)


@pytest.mark.parametrize("path", ["../secret.txt", "link/secret.txt", "/etc/hostname"])
def test_nothing_is_taken_from_outside_the_seeds(seeds: Path, path: str) -> None:
    (seeds.parent / "secret.txt").write_text("secret")
    (seeds / "link").symlink_to(seeds.parent)
    for touch in (take, files_of):
        with pytest.raises(SeedRefused, match="does not lie in the seeds"):
            touch(seeds, path)
    assert (seeds.parent / "secret.txt").read_text() == "secret"


def test_a_draft_is_an_article_with_front_matter(seeds: Path) -> None:
    draft = ArticleDraft(
        'Green: "tea" # 1', "It is not fermented.", "Tea Board", "https://a.example", "2026-01-02"
    )
    name, content = drafted(draft)
    article = read_file(seeds / put(seeds, None, name, content), seeds)
    assert article.path == "green-tea-1.md"
    told = article.metadata
    assert (told.title, told.publisher, told.published) == (
        'Green: "tea" # 1',
        "Tea Board",
        "2026-01-02",
    )
    assert [article.text[one.start : one.end] for one in article.blocks] == ["It is not fermented."]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80))
def test_every_title_of_a_draft_is_read_back(title: str) -> None:
    from index.ingest.parsing.front_matter import front_matter

    line = " ".join(title.split())
    _, content = drafted(ArticleDraft(title, "Text."))
    found, _ = front_matter(content.decode())
    if line and line.isprintable() and line not in {"~", "null", "Null", "NULL"}:
        assert found.title == line
