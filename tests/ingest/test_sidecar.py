from pathlib import Path

import pytest

from index.errors import ReadError
from index.ingest import read_file, read_folder
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.markdown_writer import as_markdown
from index.ingest.readers.html import read_html
from index.ingest.readers.markdown import read_markdown
from index.types import Metadata
from tests.ingest.test_html import PAGE
from tests.support.format_files import column, pdf

_LINES = ["A sentence stands in the file, and it is long enough to be one that can be quoted."]


def write(folder: Path, beside: str) -> Path:
    path = folder / "report.pdf"
    path.write_bytes(pdf([column(_LINES)], "/Title(Title in the file)/Author(Jane Doe)"))
    (folder / "report.pdf.yaml").write_text(beside, "utf-8")
    return path


@pytest.mark.parametrize("fences", ["{}", "---\n{}---\n"])
def test_the_file_beside_goes_before_what_a_pdf_says_of_itself(tmp_path: Path, fences: str) -> None:
    path = write(tmp_path, fences.format("title: The report\nurl: https://example.org/r.pdf\n"))
    assert read_file(path, tmp_path).metadata == Metadata(
        title="The report", author="Jane Doe", url="https://example.org/r.pdf"
    )


def test_the_file_beside_is_no_article_and_is_not_listed(tmp_path: Path) -> None:
    write(tmp_path, "title: The report\n")
    (tmp_path / "other.yaml").write_text("a: b", "utf-8")
    reading = read_folder(tmp_path)
    assert [article.path for article in reading.articles] == ["report.pdf"]
    assert [skip.path for skip in reading.skipped] == ["other.yaml"]


@pytest.mark.parametrize(
    ("beside", "reason"),
    [
        ("title: [x\n", r"report\.pdf\.yaml: broken front matter on line"),
        ("url: nowhere\n", r"report\.pdf\.yaml: front matter: url is 'nowhere'"),
        ("just words", r"report\.pdf\.yaml: broken front matter on line 2: no keys"),
        ("a: &a [x]\nb: *a\n", r"uses an alias"),
        ("a: " + "b" * 30_000, r"30,003 characters, wanted 20,000 at most"),
    ],
)
def test_a_broken_file_beside_is_named(tmp_path: Path, beside: str, reason: str) -> None:
    path = write(tmp_path, beside)
    with pytest.raises(ReadError, match=reason):
        read_file(path, tmp_path)


def test_a_file_beside_that_leads_out_of_the_seeds_is_refused(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    path = write(seeds, "")
    (tmp_path / "outside.yaml").write_text("title: secret", "utf-8")
    (seeds / "report.pdf.yaml").unlink()
    (seeds / "report.pdf.yaml").symlink_to(tmp_path / "outside.yaml")
    with pytest.raises(ReadError, match="a link that leads out of the folder"):
        read_file(path, seeds)


def blocks(draft: ParsedDocument) -> list[tuple[str, str | None]]:
    return [(draft.text[block.start : block.end], block.section) for block in draft.blocks]


def test_a_page_saved_as_markdown_has_the_same_paragraphs_and_sections() -> None:
    draft = read_html(PAGE.encode())
    saved = read_markdown(as_markdown(draft, draft.found))
    assert (blocks(saved), saved.found) == (blocks(draft), draft.found)


@pytest.mark.parametrize(
    "text",
    ["# not a heading", "```", "<b>bold</b>", "[a]: b", "--- so ---", "***", "~~~", "==== x"],
)
def test_what_markdown_would_take_for_marks_stays_a_paragraph(text: str) -> None:
    draft = read_html(f"<p>First.</p><p>{text.replace('<', '&lt;')} word</p><p>Last.</p>".encode())
    saved = read_markdown(as_markdown(draft, ParsedMetadata(title="T")))
    assert [part.removeprefix("\\") for part, _ in blocks(saved)] == [
        "First.",
        f"{text} word",
        "Last.",
    ]


def test_code_with_empty_lines_stays_one_block() -> None:
    draft = read_html(b"<p>Do this:</p><pre>make\n\n``` x\n  toll</pre>")
    assert blocks(read_markdown(as_markdown(draft, ParsedMetadata(title="T")))) == blocks(draft)
