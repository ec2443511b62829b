"""Web pages that browsers save as a single file."""

import pytest
from hypothesis import given

from index.errors import ReadError
from index.ingest.formats import parse
from index.ingest.readers.mhtml import read_mhtml
from tests.support.format_files import block_texts
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

_TEXT = "Die Schleuse öffnet um sechs."
_HEAD = """From: <Saved by Blink>
Snapshot-Content-Location: https://club.example/lock
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="--b"

----b
"""
_PICTURE = (
    "----b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0=\n----b--\n"
)


def archive(headers: str, body: bytes) -> bytes:
    return f"{_HEAD}{headers}\n\n".encode() + body + b"\n" + _PICTURE.encode()


PAGE = archive(
    "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable",
    b"<html><head><title>Schleuse</title></head><body><p>Die Schleuse =C3=B6ffnet =\num sechs.</p>"
    b"</body></html>",
)


@pytest.mark.parametrize("name", ["a.mhtml", "a.mht"])
def test_page_in_a_web_archive_is_read(name: str) -> None:
    document = parse(name, PAGE)
    assert block_texts(document) == [_TEXT]
    assert (document.metadata.title, document.metadata.url) == (
        "Schleuse",
        "https://club.example/lock",
    )


def test_encoding_of_the_part_counts() -> None:
    page = f"<html><body><p>{_TEXT}</p></body></html>".encode("cp1252")
    assert block_texts(
        parse("a.mht", archive("Content-Type: text/html; charset=windows-1252", page))
    )


def test_archive_without_a_page_is_refused() -> None:
    with pytest.raises(ReadError, match="contains no page; expected a page saved by a browser"):
        parse("a.mht", archive("Content-Type: text/css", b"p {}"))


@few_examples
@given(mutations(PAGE))
def test_mutated_archives_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_mhtml, data)
