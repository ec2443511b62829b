"""Build files of every format for the tests of their readers."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from index.ingest.parsing.document import ParsedDocument
from index.types import Block

PlacedText = tuple[float, float, float, str]  # x, y and font size in points, text


def block_texts(document: ParsedDocument) -> list[str]:
    """Return the text of each block, as it would be quoted."""
    return [document.text[block.start : block.end] for block in document.blocks]


def sections(document: ParsedDocument) -> list[str | None]:
    """Return the section of each block."""
    return [block.section for block in document.blocks]


def title_text(document: ParsedDocument) -> str | None:
    """Return the title as it appears in the text."""
    span: Block | None = document.heading
    return None if span is None else document.text[span.start : span.end]


def assert_valid(document: ParsedDocument) -> None:
    """Check that the blocks are trimmed slices in order that do not overlap."""
    end = 0
    for block in document.blocks:
        part = document.text[block.start : block.end]
        assert part == part.strip() != ""
        assert block.start >= end
        end = block.end


def make_zip(parts: Mapping[str, str | bytes]) -> bytes:
    """Build a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def make_pdf(
    pages: Iterable[Sequence[PlacedText]], info: str = "", catalogue: str = "", content: bytes = b""
) -> bytes:
    """Build a PDF from placed texts; ``content`` precedes the drawing operators of each page."""
    objects = [
        b"",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for page in pages:
        operators = content + b"".join(_drawing_operators(text) for text in page)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(operators), operators))
        font = b"/Resources<</Font<</F1 3 0 R>>>>"
        place = b"/Parent 2 0 R/MediaBox[0 0 612 792]"
        objects.append(b"<</Type/Page%s%s/Contents %d 0 R>>" % (place, font, len(objects)))
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue.encode()
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    objects.append(b"<<%s>>" % info.encode("latin-1"))
    return _with_xref_table(objects)


def make_drawing(
    operators: bytes,
    fonts: Mapping[str, str] | None = None,
    resources: str = "",
    entries: str = "",
    stream: bytes = b"",
) -> bytes:
    """Build a PDF of one page from its drawing operators; ``fonts`` are added to F1, Helvetica.

    ``entries`` are further ones of the page, such as its rotation; ``stream`` is object 5.
    """
    helvetica = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    named = {"F1": helvetica, **(fonts or {})}
    fonts_by_name = "".join(f"/{name} {font}" for name, font in named.items())
    inside = f"/Resources<</Font<<{fonts_by_name}>>{resources}>>/Contents 4 0 R{entries}"
    page = f"/MediaBox[0 0 612 792]{inside}"
    return _with_xref_table(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            f"<</Type/Page/Parent 2 0 R{page}>>".encode(),
            *(
                b"<</Length %d>>stream\n%s\nendstream" % (len(each), each)
                for each in (operators, stream)
            ),
        ]
    )


def column(
    lines: Sequence[str], top: float = 700, x: float = 72, size: float = 10
) -> list[PlacedText]:
    """Place lines below each other: an empty line leaves a gap, a leading space indents a line."""
    return [
        (x + (15 if line.startswith(" ") else 0), top - 12 * number, size, line.strip())
        for number, line in enumerate(lines)
        if line
    ]


def _drawing_operators(text: PlacedText) -> bytes:
    x, y, size, string = text
    escaped = string.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    encoded = escaped.encode("cp1252")
    return b"BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n" % (size, x, y, encoded)


def _with_xref_table(objects: Sequence[bytes]) -> bytes:
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"<</Size %d/Root 1 0 R/Info %d 0 R>>" % (size, len(objects))
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    return out + head + table + b"trailer%s\nstartxref\n%d\n%%%%EOF" % (trailer, len(out))
