import subprocess
import sys

import pytest

from index.errors import ReadError
from index.ingest.formats import parse
from tests.support.format_files import block_texts, column, make_pdf, make_zip

_TEXT = "The lower lock is closed at night, and the keeper counts the boats that wait there."
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_WORD = f"<w:document {_W}><w:body><w:p><w:r><w:t>{_TEXT}</w:t></w:r></w:p></w:body></w:document>"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.docx", rb"{\rtf1 " + _TEXT.encode() + rb"\par}", "RTF"),
        ("a.docx", f"<html><body><p>{_TEXT}</p></body></html>".encode(), "HTML"),
        ("a.rtf", make_zip({"[Content_Types].xml": "<x/>", "word/document.xml": _WORD}), "DOCX"),
        ("a.epub", make_pdf([column([_TEXT])]), "PDF"),
    ],
)
def test_file_is_read_by_its_content_whatever_its_name(name: str, data: bytes, kind: str) -> None:
    document = parse(name, data)
    assert block_texts(document) == [_TEXT]
    assert document.notes == (f"its content is {kind}; rename it",)


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.html", "a.epub", "a.rtf", "a.xml"])
def test_empty_file_is_refused_as_such(name: str) -> None:
    with pytest.raises(ReadError, match=r"the file is empty \(0 bytes\); delete it"):
        parse(name, b"")


@pytest.mark.parametrize(
    ("damaged", "problem"),
    [
        (b"The \xff lock. ", "not valid UTF-8 at byte 4, line 1 (0xff), and no other"),
        (b"The \0 lock. ", "a NUL byte at byte 4: binary, or UTF-16"),
    ],
)
def test_text_with_a_damaged_byte_is_read_with_a_note(damaged: bytes, problem: str) -> None:
    document = parse("a.md", damaged + "Das Café öffnet. ".encode() + _TEXT.encode() * 3)
    assert "Café öffnet" in block_texts(document)[0]
    (note,) = document.notes
    assert note.startswith(problem)
    assert note.endswith("; read all the same: look there for a wrong character")


def test_the_bot_imports_no_reader_before_it_reads_a_file() -> None:
    code = "import sys, bot.app.client; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    imported = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    readers = ("docx", "epub", "html", "markdown", "odt", "pdf", "rst", "rtf")
    assert {f"index.ingest.readers.{name}.reader" for name in readers}.isdisjoint(imported)
