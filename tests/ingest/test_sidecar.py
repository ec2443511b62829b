from pathlib import Path

import pytest

from index.errors import ReadError
from index.ingest.convert import to_markdown
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.readers.html.reader import read_html
from index.ingest.readers.markdown.reader import read_markdown
from index.types import Metadata
from tests.ingest.readers.html.test_html import PAGE
from tests.support.articles import read_file, read_folder
from tests.support.format_files import column, make_pdf

LINES = ["A sentence stands in the file, and it is long enough to be one that can be quoted."]


def write(folder: Path, sidecar: str) -> Path:
    path = folder / "report.pdf"
    path.write_bytes(make_pdf([column(LINES)], "/Title(Title in the file)/Author(Jane Doe)"))
    (folder / "report.pdf.yaml").write_text(sidecar, "utf-8")
    return path


@pytest.mark.parametrize("fences", ["{}", "---\n{}---\n"])
def test_sidecar_overrides_the_metadata_of_a_pdf(tmp_path: Path, fences: str) -> None:
    path = write(tmp_path, fences.format("title: The report\nurl: https://example.org/r.pdf\n"))
    assert read_file(path, tmp_path).metadata == Metadata(
        title="The report", author="Jane Doe", url="https://example.org/r.pdf"
    )


def test_sidecar_is_neither_article_nor_skipped(tmp_path: Path) -> None:
    write(tmp_path, "title: The report\n")
    (tmp_path / "other.yaml").write_text("a: b", "utf-8")
    loaded = read_folder(tmp_path)
    assert [article.path for article in loaded.articles] == ["report.pdf"]
    assert (loaded.skipped, loaded.ignored) == ((), {".yaml": 1})


@pytest.mark.parametrize(
    ("sidecar", "note"),
    [
        ("title: [x\n", "report.pdf.yaml: front matter: not valid YAML on line 2"),
        ("url: nowhere\n", "report.pdf.yaml: front matter: url is 'nowhere'"),
        ("just words", "report.pdf.yaml: front matter: not valid YAML (no keys)"),
        ("tags: *a\n", "undefined alias"),
        ("a: " + "b" * 30_000, "has 30,003 characters; the limit is 20,000"),
    ],
)
def test_note_names_the_sidecar(tmp_path: Path, sidecar: str, note: str) -> None:
    write(tmp_path, sidecar)
    loaded = read_folder(tmp_path)
    assert [article.metadata.title for article in loaded.articles] == ["Title in the file"]
    assert [file.path for file in loaded.notes] == ["report.pdf"]
    assert note in loaded.notes[0].text


def test_sidecar_must_be_inside_seeds(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    path = write(seeds, "")
    (tmp_path / "outside.yaml").write_text("title: secret", "utf-8")
    (seeds / "report.pdf.yaml").unlink()
    (seeds / "report.pdf.yaml").symlink_to(tmp_path / "outside.yaml")
    with pytest.raises(ReadError, match="a symbolic link that leads out of the folder"):
        read_file(path, seeds)


def blocks(document: ParsedDocument) -> list[tuple[str, str | None]]:
    return [(document.text[block.start : block.end], block.section) for block in document.blocks]


def test_page_saved_as_markdown_keeps_its_text_and_sections() -> None:
    document = read_html(PAGE.encode())
    saved = read_markdown(to_markdown(document, document.metadata))
    assert saved.metadata == document.metadata
    for text, section in blocks(document):
        assert any(text in joined for joined, its in blocks(saved) if its == section), text


@pytest.mark.parametrize(
    "text",
    ["# not a heading", "```", "<b>bold</b>", "[a]: b", "--- so ---", "***", "~~~", "==== x"],
)
def test_text_that_looks_like_markup_stays_a_paragraph(text: str) -> None:
    document = read_html(
        f"<p>First.</p><p>{text.replace('<', '&lt;')} word</p><p>Last.</p>".encode()
    )
    saved = read_markdown(to_markdown(document, ParsedMetadata(title="T")))
    assert [part.removeprefix("\\") for part, _ in blocks(saved)] == [
        "First.",
        f"{text} word",
        "Last.",
    ]


def test_code_with_empty_lines_stays_with_its_introduction() -> None:
    data = b"<p>Do this:</p><pre>make\n\n``` x\n  toll</pre>"
    document = read_html(data, joins_parts=False)
    saved = read_markdown(to_markdown(document, ParsedMetadata(title="T")))
    assert blocks(saved) == [("Do this:\n\n````\nmake\n\n``` x\n  toll\n````", None)]
