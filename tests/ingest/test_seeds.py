import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.folder import MAX_BYTES
from index.ingest.seeds import (
    SeedExists,
    SeedNotFound,
    SeedRefused,
    article_files,
    delete_article,
    render_draft,
    safe_name,
    save_article,
)
from tests.support.articles import read_file

TEXT = b"Tea\n\nTea is made from the leaves of Camellia sinensis."


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
def test_file_names_are_sanitized(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(st.characters(), max_size=300))
def test_any_name_becomes_a_plain_file_name(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert not safe.startswith((".", "-", "~"))
    assert 0 < len(safe.encode()) <= 255 or len(name) > 100


def test_saves_article_and_leaves_no_other_file(seeds: Path) -> None:
    assert save_article(seeds, None, "Tea.TXT", TEXT) == "Tea.txt"
    assert (seeds / "Tea.txt").read_bytes() == TEXT
    assert [entry.name for entry in seeds.iterdir()] == ["Tea.txt"]


def test_creates_missing_collection(seeds: Path) -> None:
    assert save_article(seeds, "news", "tea.txt", TEXT) == "news/tea.txt"
    assert (seeds / "news" / "tea.txt").read_bytes() == TEXT


@pytest.mark.parametrize("existing", ["tea.txt", "tea.md", "TEA.txt"])
def test_existing_article_is_not_overwritten(seeds: Path, existing: str) -> None:
    (seeds / existing).write_text("older")
    with pytest.raises(SeedExists, match=f"{existing} already exists"):
        save_article(seeds, None, "tea.txt", TEXT)
    assert (seeds / existing).read_text() == "older"
    assert len(list(seeds.iterdir())) == 1


def test_replaces_article_on_request(seeds: Path) -> None:
    (seeds / "tea.txt").write_text("older")
    assert save_article(seeds, None, "tea.txt", TEXT, replace=True) == "tea.txt"
    assert (seeds / "tea.txt").read_bytes() == TEXT


def test_replacing_never_leaves_two_articles_with_one_slug(seeds: Path) -> None:
    (seeds / "tea.md").write_text("older")
    with pytest.raises(SeedExists, match=r"tea\.md"):
        save_article(seeds, None, "tea.txt", TEXT, replace=True)


@pytest.mark.parametrize("collection", ["..", "../other", "a/b", "link"])
def test_writes_nothing_outside_seeds(seeds: Path, collection: str) -> None:
    (seeds.parent / "elsewhere").mkdir()
    (seeds / "link").symlink_to(seeds.parent / "elsewhere")
    with pytest.raises(SeedRefused, match="not a folder directly inside"):
        save_article(seeds, collection, "tea.txt", TEXT)
    assert not list((seeds.parent / "elsewhere").iterdir())


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("tea.exe", TEXT, r"\.exe files are not supported"),
        ("tea", TEXT, "its name has no suffix"),
        ("tea.txt", b"", "the file is empty"),
        ("tea.txt", b"\x7fELF" + bytes(range(256)) * 40, "^a NUL byte at byte 4"),
        ("tea.txt", b"x" * (MAX_BYTES + 1), "the limit is 20,000,000"),
    ],
)
def test_rejects_files_that_cannot_be_articles(
    seeds: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(SeedRefused, match=reason):
        save_article(seeds, None, name, content)
    assert not list(seeds.iterdir())


def test_deletes_article_with_its_sidecar_only(seeds: Path) -> None:
    path = save_article(seeds, "news", "tea.txt", TEXT)
    (seeds / "news" / "tea.txt.yaml").write_text("title: Tea")
    (seeds / "news" / "teas.txt.yaml").write_text("title: Teas")
    assert article_files(seeds, path) == [("tea.txt", TEXT), ("tea.txt.yaml", b"title: Tea")]
    delete_article(seeds, path)
    assert [file.name for file in (seeds / "news").iterdir()] == ["teas.txt.yaml"]
    for access in (delete_article, article_files):
        with pytest.raises(SeedNotFound, match=r"no article news/tea\.txt"):
            access(seeds, path)


@pytest.mark.parametrize("path", ["../secret.txt", "link/secret.txt", "/etc/hostname"])
def test_touches_nothing_outside_seeds(seeds: Path, path: str) -> None:
    (seeds.parent / "secret.txt").write_text("secret")
    (seeds / "link").symlink_to(seeds.parent)
    for access in (delete_article, article_files):
        with pytest.raises(SeedRefused, match="is outside of seeds"):
            access(seeds, path)
    assert (seeds.parent / "secret.txt").read_text() == "secret"


def test_draft_becomes_markdown_with_front_matter(seeds: Path) -> None:
    name, content = render_draft(
        'Green: "tea" # 1', "It is not fermented.", "Tea Board", "https://a.example", "2026-01-02"
    )
    article = read_file(seeds / save_article(seeds, None, name, content), seeds)
    assert article.path == "green-tea-1.md"
    metadata = article.metadata
    assert (metadata.title, metadata.publisher, metadata.published) == (
        'Green: "tea" # 1',
        "Tea Board",
        "2026-01-02",
    )
    assert [article.text[block.start : block.end] for block in article.blocks] == [
        "It is not fermented."
    ]


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=80))
def test_any_draft_title_survives_front_matter(title: str) -> None:
    from index.ingest.parsing.metadata.front_matter import parse_front_matter

    line = " ".join(title.split())
    _, content = render_draft(title, "Text.")
    metadata = parse_front_matter(content.decode()).metadata
    if line and line.isprintable() and line not in {"~", "null", "Null", "NULL"}:
        assert metadata.title == line


def test_saves_on_file_systems_without_hard_links(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    save_article(seeds, "", "tea.md", TEXT)
    with pytest.raises(SeedExists):
        save_article(seeds, "", "tea.md", TEXT)
    assert [path.name for path in seeds.iterdir()] == ["tea.md"]


def test_two_uploads_at_once_do_not_overwrite_each_other(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_article(seeds, "", "tea.md", TEXT)
    monkeypatch.setattr("index.ingest.seeds._same_slug", lambda *_: [])  # saved just after the look
    with pytest.raises(SeedExists):
        save_article(seeds, "", "tea.md", TEXT + b" More.")
    assert (seeds / "tea.md").read_bytes() == TEXT
