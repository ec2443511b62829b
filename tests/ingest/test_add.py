import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.ingest.add import AddOptions, AddResult, add, remove
from index.ingest.convert import convert
from index.ingest.formats import FORMATS
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.markdown.reader import read_markdown
from index.ingest.seeds import SeedRefused, save_article
from index.ingest.web.fetch import Fetched
from index.types import Metadata
from tests.ingest.readers.html.test_html import PAGE
from tests.ingest.readers.test_epub import make_epub
from tests.ingest.readers.test_feed import JSON_FEED, RSS
from tests.support.articles import read_file, read_folder
from tests.support.format_files import block_texts, column, make_pdf, make_zip
from tests.support.local_site import LocalSite

PROSE = "The bridge was closed in May, and nobody knows why it was not opened again in June."
LOCAL = AddOptions(allow_private=True, pause_seconds=0)
DOCX = make_zip(
    {
        "word/document.xml": '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>'
        + PROSE
        + "</w:t></w:r></w:p></w:body></w:document>"
    }
)


def files(seeds: Path) -> list[str]:
    return sorted(path.relative_to(seeds).as_posix() for path in seeds.rglob("*") if path.is_file())


def only(results: Iterator[AddResult]) -> AddResult:
    (result,) = results
    return result


def test_page_becomes_markdown_with_its_source(site: LocalSite, seeds: Path) -> None:
    site.pages["/bridge"] = (200, {"Content-Type": "text/html"}, PAGE.encode())
    result = only(add([site.url("/bridge")], seeds, LOCAL))
    assert result == AddResult(site.url("/bridge"), "the-old-bridge-reopens.md")
    article = read_file(seeds / "the-old-bridge-reopens.md", seeds)
    assert article.metadata == Metadata(
        title="The old bridge reopens",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url=site.url("/bridge"),  # the page's own URL has another host, so it does not count
        language="en",
    )
    assert [block.section for block in article.blocks][:2] == [None, "Opening hours"]


@pytest.mark.parametrize(
    ("charset", "text"),
    [("iso-8859-1", "Die Brücke zu Köln – „heute“."), ("iso-2022-jp", "橋は五月に閉鎖された。")],
)
@pytest.mark.parametrize("suffix", ["html", "txt"])
def test_utf8_counts_more_than_the_servers_word(
    site: LocalSite, seeds: Path, suffix: str, charset: str, text: str
) -> None:
    type_ = {"html": "text/html", "txt": "text/plain"}[suffix]
    encoding = "utf-8" if charset == "iso-8859-1" else charset
    page = f"<html><body><main><h1>A</h1><p>{text}</p></main></body></html>"
    body = (page if suffix == "html" else text).encode(encoding)
    site.pages[f"/a.{suffix}"] = (200, {"Content-Type": f"{type_}; charset={charset}"}, body)
    list(add([site.url(f"/a.{suffix}")], seeds, LOCAL))
    (article,) = read_folder(seeds).articles
    assert [article.text[block.start : block.end] for block in article.blocks] == [text]


def test_text_files_get_front_matter(site: LocalSite, seeds: Path) -> None:
    site.pages["/notes/a.txt"] = (
        200,
        {"Content-Type": "text/plain; charset=latin-1"},
        b"Br\xfccke zu.",
    )
    site.pages["/b.md"] = (
        200,
        {"Content-Type": "text/plain"},
        b"---\ntitle: The bridge\n---\n# T\n\nText.",
    )
    paths = [
        result.path for result in add([site.url("/notes/a.txt"), site.url("/b.md")], seeds, LOCAL)
    ]
    assert paths == ["a.txt", "the-bridge.md"]
    first, second = read_folder(seeds).articles
    assert first.metadata == Metadata(
        title="A", publisher="127.0.0.1", url=site.url("/notes/a.txt")
    )
    assert [first.text[block.start : block.end] for block in first.blocks] == ["Brücke zu."]
    assert second.metadata.title == "The bridge"


@pytest.mark.parametrize(
    ("name", "media_type", "data"),
    [
        ("r.pdf", "application/octet-stream", make_pdf([column([PROSE])])),
        ("r.docx", "application/octet-stream", DOCX),
        ("r.epub", "application/epub+zip", make_epub()),
    ],
)
def test_documents_are_kept_and_get_a_sidecar(
    site: LocalSite, seeds: Path, name: str, media_type: str, data: bytes
) -> None:
    site.pages[f"/x/{name}?y=1"] = (200, {"Content-Type": media_type}, data)
    result = only(add([site.url(f"/x/{name}?y=1")], seeds, LOCAL))
    assert result.reason is None
    assert files(seeds) == [name, f"{name}.yaml"]
    assert (seeds / name).read_bytes() == data
    assert read_file(seeds / name, seeds).metadata.url == site.url(f"/x/{name}?y=1")


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("text/markdown", f"---\ntitle: Old\nauthor: Jane\n---\n{PROSE}\n".encode()),
        ("application/pdf", make_pdf([column([PROSE])], "/Title(Old)/Author(Jane)")),
    ],
)
def test_given_metadata_overrides_the_document(seeds: Path, media_type: str, data: bytes) -> None:
    given = ParsedMetadata(title='New: "one"\\', publisher="The Press", published="2024-03-03")
    article = convert(Fetched("https://example.org/a", media_type, data), given)
    path = save_article(seeds, None, article.name, article.content, article.sidecar)
    assert path == f"new-one{Path(path).suffix}"
    assert read_file(seeds / path, seeds).metadata == Metadata(
        title='New: "one"\\',
        publisher="The Press",
        author="Jane",
        published="2024-03-03",
        url="https://example.org/a",
    )


def test_each_feed_entry_becomes_an_article(site: LocalSite, seeds: Path) -> None:
    feed = RSS.replace(b"https://example.org/2", site.url("/2").encode())
    site.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed)
    site.pages["/2"] = PAGE.encode()
    results = list(add([site.url("/feed")], seeds, LOCAL))
    assert [result.path for result in results] == [
        "the-daily-post/bridge-tunnel.md",
        "the-daily-post/plain.md",
    ]
    full_text, page = read_folder(seeds).articles
    assert full_text.metadata == Metadata(
        title="Bridge & tunnel",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url="https://example.org/1",
        language="en",
    )
    assert "half the price" not in page.text
    assert [block.section for block in page.blocks][-1] == "How to get there"


def test_entry_without_reachable_page_keeps_its_summary(site: LocalSite, seeds: Path) -> None:
    site.pages["/feed"] = RSS.replace(b"https://example.org/2", site.url("/2").encode())
    assert len(list(add([site.url("/feed")], seeds, LOCAL))) == 2
    document = read_markdown((seeds / "the-daily-post" / "plain.md").read_text("utf-8"))
    assert block_texts(document) == ["Only words here <3."]


def test_adding_a_feed_again_adds_only_new_entries(site: LocalSite, seeds: Path) -> None:
    site.pages["/feed"] = RSS
    list(add([site.url("/feed")], seeds, LOCAL))
    before = files(seeds)
    assert all(result.already_exists for result in add([site.url("/feed")], seeds, LOCAL))
    assert files(seeds) == before


def test_adds_at_most_max_entries(site: LocalSite, seeds: Path) -> None:
    site.pages["/feed"] = RSS
    options = AddOptions(allow_private=True, max_entries=1)
    assert len(list(add([site.url("/feed")], seeds, options))) == 1


def test_local_file_is_saved_unchanged(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "Über uns.TXT").write_text(PROSE, "utf-8")
    (tmp_path / "feed.xml").write_bytes(RSS)
    results = add([str(tmp_path / "Über uns.TXT"), str(tmp_path / "feed.xml")], seeds)
    assert [result.path for result in results] == [
        "Über uns.txt",
        "the-daily-post/bridge-tunnel.md",
        "the-daily-post/plain.md",
    ]
    assert (seeds / "Über uns.txt").read_text("utf-8") == PROSE


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"PK\x03\x04", b"\0{"])
def test_reasons_do_not_repeat_the_name_of_the_file(
    tmp_path: Path, seeds: Path, content: bytes
) -> None:
    paths = [tmp_path / f"quokka.{suffix.removeprefix('.')}" for suffix in (*FORMATS, "exe")]
    for path in paths:
        path.write_bytes(content)
    results = list(add([str(path) for path in paths], seeds))
    assert [result.source for result in results] == [str(path) for path in paths]
    assert [result.reason for result in results if "quokka" in (result.reason or "")] == []
    assert [result for result in results if "is not a zip" in (result.reason or "")] == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("nowhere.txt", "there is no such file; give a file, or a link"),
        ("ftp://example.org/a", "ftp link to 'example.org'"),
        ("http://127.0.0.1/", "a private address"),
        ("https://me:pw@example.org/", "a user name or password"),
        ("a\0b", "null byte|no such file"),
        ("", "nothing is named here"),
        (" ", "nothing is named here"),
        ("seeds/in.txt", "the file is in seeds already"),
        ("picture.png", ".png files are not supported"),
        ("empty.txt", "the file is empty"),
        ("broken.pdf", "no %PDF-"),
        (".", "a folder; name the files in it"),
    ],
)
def test_failure_is_reported_and_leaves_nothing(
    tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (seeds / "in.txt").write_text(PROSE, "utf-8")
    for name, content in (("picture.png", b"\x89PNG"), ("empty.txt", b""), ("broken.pdf", b"x")):
        (tmp_path / name).write_bytes(content)
    result = only(add([source], Path("seeds")))
    assert result.path is None
    assert result.reason is not None
    assert any(part in result.reason for part in reason.split("|")), result.reason
    assert files(seeds) == ["in.txt"]


def test_a_file_in_place_of_seeds_is_named(tmp_path: Path) -> None:
    for name in ("a.txt", "seeds"):
        (tmp_path / name).write_text(PROSE, "utf-8")
    result = only(add([str(tmp_path / "a.txt")], tmp_path / "seeds"))
    assert result.reason == "the folder seeds cannot be created (it is a file)"


def test_only_an_identical_file_counts_as_already_added(tmp_path: Path, seeds: Path) -> None:
    for name, text in (("a.txt", PROSE), ("other/a.txt", f"{PROSE} It rains."), ("a.md", PROSE)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    names = [str(tmp_path / name) for name in ("a.txt", "a.txt", "other/a.txt", "a.md")]
    assert [result.path or result.already_exists for result in add(names, seeds)] == [
        "a.txt",
        True,
        False,
        False,
    ]
    assert files(seeds) == ["a.txt"]


def test_failing_source_does_not_stop_the_others(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "a.txt").write_text(PROSE, "utf-8")
    results = list(add([str(tmp_path / "no.txt"), str(tmp_path / "a.txt")], seeds))
    assert [result.path for result in results] == [None, "a.txt"]


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", ".hidden", "a/b", "\\..\\x", "CON", "...", "\u202egpj"]
)
def test_title_cannot_lead_out_of_seeds(site: LocalSite, seeds: Path, title: str) -> None:
    page = f"<html><head><title>{title}</title></head><body><p>{PROSE}</p></body></html>"
    site.pages["/p"] = page.encode()
    feed = f"<rss><channel><title>{title}</title><item><title>{title}</title><description>{PROSE}"
    site.pages["/f"] = f"{feed}</description></item></channel></rss>".encode()
    results = list(add([site.url("/p"), site.url("/f")], seeds, LOCAL))
    assert [result.reason for result in results] == [None, None]
    assert [path.name for path in seeds.parent.iterdir()] == ["seeds"]
    assert len(read_folder(seeds).articles) == 2


def test_removes_article_and_sidecar_by_path_or_slug(seeds: Path) -> None:
    (seeds / "news").mkdir()
    for name in ("a.txt", "news/b.md", "c.pdf", "c.pdf.yaml"):
        (seeds / name).write_text(PROSE, "utf-8")
    assert [remove(name, seeds) for name in ("a.txt", "news/b", "c")] == [
        "a.txt",
        "news/b.md",
        "c.pdf",
    ]
    assert files(seeds) == []


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/etc/passwd", "b", ".hidden.txt", "", "notes.cfg", "a"]
)
def test_removes_nothing_but_articles(tmp_path: Path, seeds: Path, name: str) -> None:
    (tmp_path / "outside.txt").write_text(PROSE, "utf-8")
    for inside in ("a.txt", "a.md", ".hidden.txt", "notes.cfg"):
        (seeds / inside).write_text(PROSE, "utf-8")
    before = files(seeds)
    with pytest.raises(SeedRefused, match="no article"):
        remove(name, seeds)
    assert files(seeds) == before
    assert (tmp_path / "outside.txt").exists()


def test_suggests_similar_name(seeds: Path) -> None:
    (seeds / "bridge.txt").write_text(PROSE, "utf-8")
    with pytest.raises(
        SeedRefused, match=r"no article 'bridg\.txt' in .*; did you mean bridge\.txt\?"
    ):
        remove("bridg.txt", seeds)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_metadata_survives_front_matter(title: str, publisher: str) -> None:
    from index.ingest.parsing.metadata.front_matter import format_front_matter
    from index.ingest.parsing.normalize import clean_value

    assume(not re.search(r"\{\{.*\}\}|\{%.*%\}|<%.*%>", f"{title}{publisher}", re.DOTALL))
    metadata = ParsedMetadata(
        title=clean_value(title), publisher=clean_value(publisher), url="https://example.org/a"
    )
    assert read_markdown(f"{format_front_matter(metadata)}\n{PROSE}").metadata == metadata


def test_json_feed_is_added_by_its_content(site: LocalSite, seeds: Path) -> None:
    site.pages["/posts.json"] = (200, {"Content-Type": "application/json"}, JSON_FEED.encode())
    results = list(add([site.url("/posts.json")], seeds, LOCAL))
    assert [result.path for result in results] == [
        "the-daily-post/bridge-tunnel.md",
        "the-daily-post/1.md",
    ]
