from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest import read_file, read_folder
from index.ingest.add import AddOptions, AddResult, add, remove
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.markdown import read_markdown
from index.ingest.seeds import SeedRefused
from index.types import Metadata
from tests.ingest.test_epub import book
from tests.ingest.test_feed import RSS
from tests.ingest.test_html import PAGE
from tests.support.format_files import column, pdf, quoted, zipped
from tests.support.local_site import Web, serving

PROSE = "The bridge was closed in May, and nobody knows why it was not opened again in June."
HERE = AddOptions(private=True, pause_seconds=0)
DOCX = zipped(
    {
        "word/document.xml": '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>'
        + PROSE
        + "</w:t></w:r></w:p></w:body></w:document>"
    }
)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        yield server


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


def files(seeds: Path) -> list[str]:
    return sorted(path.relative_to(seeds).as_posix() for path in seeds.rglob("*") if path.is_file())


def only(outcomes: Iterator[AddResult]) -> AddResult:
    (outcome,) = outcomes
    return outcome


def test_a_page_is_saved_as_markdown_that_says_where_it_is_from(web: Web, seeds: Path) -> None:
    web.pages["/bridge"] = (200, {"Content-Type": "text/html"}, PAGE.encode())
    outcome = only(add([web.url("/bridge")], seeds, HERE))
    assert outcome == AddResult(web.url("/bridge"), "the-old-bridge-reopens.md")
    article = read_file(seeds / "the-old-bridge-reopens.md", seeds)
    assert article.metadata == Metadata(
        title="The old bridge reopens",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url=web.url("/bridge"),  # the page's own link leads to another host: it is not believed
        language="en",
    )
    assert [block.section for block in article.blocks][:2] == [None, "Opening hours"]


def test_texts_get_front_matter(web: Web, seeds: Path) -> None:
    web.pages["/notes/a.txt"] = (
        200,
        {"Content-Type": "text/plain; charset=latin-1"},
        b"Br\xfccke zu.",
    )
    web.pages["/b.md"] = (
        200,
        {"Content-Type": "text/plain"},
        b"---\ntitle: Told\n---\n# T\n\nText.",
    )
    paths = [out.path for out in add([web.url("/notes/a.txt"), web.url("/b.md")], seeds, HERE)]
    assert paths == ["a.txt", "told.md"]
    first, second = read_folder(seeds).articles
    assert first.metadata == Metadata(title="A", publisher="127.0.0.1", url=web.url("/notes/a.txt"))
    assert [first.text[block.start : block.end] for block in first.blocks] == ["Brücke zu."]
    assert second.metadata.title == "Told"


@pytest.mark.parametrize(
    ("name", "media_type", "data"),
    [
        ("r.pdf", "application/octet-stream", pdf([column([PROSE])])),
        ("r.docx", "application/octet-stream", DOCX),
        ("r.epub", "application/epub+zip", book()),
    ],
)
def test_documents_stay_as_they_are_and_get_a_file_beside_them(
    web: Web, seeds: Path, name: str, media_type: str, data: bytes
) -> None:
    web.pages[f"/x/{name}?y=1"] = (200, {"Content-Type": media_type}, data)
    told = ParsedMetadata(publisher="The Press")
    outcome = only(add([web.url(f"/x/{name}?y=1")], seeds, AddOptions(private=True, told=told)))
    assert outcome.reason is None
    assert files(seeds) == [name, f"{name}.yaml"]
    assert (seeds / name).read_bytes() == data
    metadata = read_file(seeds / name, seeds).metadata
    assert (metadata.url, metadata.publisher) == (web.url(f"/x/{name}?y=1"), "The Press")


def test_entries_of_a_feed_are_articles_of_their_own(web: Web, seeds: Path) -> None:
    feed = RSS.replace(b"https://example.org/2", web.url("/2").encode())
    web.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed)
    web.pages["/2"] = PAGE.encode()
    outcomes = list(add([web.url("/feed")], seeds, HERE))
    assert [out.path for out in outcomes] == [
        "the-daily-post/bridge-tunnel.md",
        "the-daily-post/plain.md",
    ]
    whole, page = read_folder(seeds).articles
    assert whole.metadata == Metadata(
        title="Bridge & tunnel",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url="https://example.org/1",
        language="en",
    )
    assert "half the price" not in page.text
    assert len(page.blocks) == 8


def test_an_entry_whose_page_cannot_be_had_is_saved_as_its_summary(web: Web, seeds: Path) -> None:
    web.pages["/feed"] = RSS.replace(b"https://example.org/2", web.url("/2").encode())
    assert len(list(add([web.url("/feed")], seeds, HERE))) == 2
    draft = read_markdown((seeds / "the-daily-post" / "plain.md").read_text("utf-8"))
    assert quoted(draft) == ["Only words here <3."]


def test_a_feed_added_again_brings_only_what_is_new(web: Web, seeds: Path) -> None:
    web.pages["/feed"] = RSS
    list(add([web.url("/feed")], seeds, HERE))
    before = files(seeds)
    assert all(outcome.known for outcome in add([web.url("/feed")], seeds, HERE))
    assert files(seeds) == before


def test_so_many_entries_and_no_more(web: Web, seeds: Path) -> None:
    web.pages["/feed"] = RSS
    assert len(list(add([web.url("/feed")], seeds, AddOptions(private=True, entries=1)))) == 1


def test_a_file_is_saved_as_it_is(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "Über uns.TXT").write_text(PROSE, "utf-8")
    (tmp_path / "feed.xml").write_bytes(RSS)
    outcomes = add([str(tmp_path / "Über uns.TXT"), str(tmp_path / "feed.xml")], seeds)
    assert [out.path for out in outcomes] == [
        "Über uns.txt",
        "the-daily-post/bridge-tunnel.md",
        "the-daily-post/plain.md",
    ]
    assert (seeds / "Über uns.txt").read_text("utf-8") == PROSE


def test_what_the_caller_says_goes_before_all_else(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\ntitle: Old\nauthor: Jane\n---\n{PROSE}\n", "utf-8")
    (tmp_path / "b.pdf").write_bytes(pdf([column([PROSE])], "/Title(Old)"))
    how = AddOptions(
        told=ParsedMetadata(title='New: "one"\\', published="2024-03-03"), folder="news"
    )
    paths = [out.path for out in add([str(tmp_path / "a.md"), str(tmp_path / "b.pdf")], seeds, how)]
    assert paths == ["news/a.md", "news/b.pdf"]
    first, second = read_folder(seeds).articles
    assert first.metadata == Metadata('New: "one"\\', author="Jane", published="2024-03-03")
    assert second.metadata == Metadata('New: "one"\\', published="2024-03-03")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("nowhere.txt", "no file nowhere.txt; wanted a file, or a link"),
        ("ftp://example.org/a", "ftp link to 'example.org'"),
        ("http://127.0.0.1/", "a private address"),
        ("https://me:pw@example.org/", "a name or password"),
        ("a\0b", "null byte|no file"),
        ("", "no file|wanted"),
        ("seeds/in.txt", "it is in the seeds already"),
        ("picture.png", "files ending in .png are not read"),
        ("empty.txt", "the file is empty"),
        ("broken.pdf", "no %PDF-"),
        (".", "no file"),
    ],
)
def test_what_cannot_be_added_is_told_and_leaves_nothing(
    tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (seeds / "in.txt").write_text(PROSE, "utf-8")
    for name, content in (("picture.png", b"\x89PNG"), ("empty.txt", b""), ("broken.pdf", b"x")):
        (tmp_path / name).write_bytes(content)
    outcome = only(add([source], Path("seeds")))
    assert outcome.path is None
    assert outcome.reason is not None
    assert any(part in outcome.reason for part in reason.split("|")), outcome.reason
    assert files(seeds) == ["in.txt"]


def test_a_file_that_was_added_before_is_known_and_another_of_its_name_is_not(
    tmp_path: Path, seeds: Path
) -> None:
    for name, words in (("a.txt", PROSE), ("other/a.txt", f"{PROSE} It rains."), ("a.md", PROSE)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(words, "utf-8")
    names = [str(tmp_path / name) for name in ("a.txt", "a.txt", "other/a.txt", "a.md")]
    assert [out.path or out.known for out in add(names, seeds)] == ["a.txt", True, False, False]
    assert files(seeds) == ["a.txt"]


def test_one_that_fails_does_not_stop_the_others(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "a.txt").write_text(PROSE, "utf-8")
    outcomes = list(add([str(tmp_path / "no.txt"), str(tmp_path / "a.txt")], seeds))
    assert [out.path for out in outcomes] == [None, "a.txt"]


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", ".hidden", "a/b", "\\..\\x", "CON", "...", "\u202egpj"]
)
def test_a_title_cannot_lead_out_of_the_seeds(web: Web, seeds: Path, title: str) -> None:
    page = f"<html><head><title>{title}</title></head><body><p>{PROSE}</p></body></html>"
    web.pages["/p"] = page.encode()
    feed = f"<rss><channel><title>{title}</title><item><title>{title}</title><description>{PROSE}"
    web.pages["/f"] = f"{feed}</description></item></channel></rss>".encode()
    outcomes = list(add([web.url("/p"), web.url("/f")], seeds, HERE))
    assert [out.reason for out in outcomes] == [None, None]
    assert [path.name for path in seeds.parent.iterdir()] == ["seeds"]
    assert len(read_folder(seeds).articles) == 2


def test_an_article_is_removed_by_path_or_slug_with_what_stands_beside_it(seeds: Path) -> None:
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
def test_what_is_no_article_is_not_removed(tmp_path: Path, seeds: Path, name: str) -> None:
    (tmp_path / "outside.txt").write_text(PROSE, "utf-8")
    for inside in ("a.txt", "a.md", ".hidden.txt", "notes.cfg"):
        (seeds / inside).write_text(PROSE, "utf-8")
    before = files(seeds)
    with pytest.raises(SeedRefused, match="no article"):
        remove(name, seeds)
    assert files(seeds) == before
    assert (tmp_path / "outside.txt").exists()


def test_a_name_nearly_right_is_asked_back(seeds: Path) -> None:
    (seeds / "bridge.txt").write_text(PROSE, "utf-8")
    with pytest.raises(
        SeedRefused, match=r"no article bridg\.txt in .*; did you mean bridge\.txt\?"
    ):
        remove("bridg.txt", seeds)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_title_and_link_make_front_matter_that_reads_back(title: str, publisher: str) -> None:
    from index.ingest.parsing.markdown_writer import front_lines
    from index.ingest.parsing.normalize import short

    told = ParsedMetadata(
        title=short(title), publisher=short(publisher), url="https://example.org/a"
    )
    assert read_markdown(f"{front_lines(told)}\n\n{PROSE}").found == told
