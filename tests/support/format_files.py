"""Files of every format, made by the tests that read them."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from index.ingest.parsing.document import ParsedDocument
from index.types import Block

Text = tuple[float, float, float, str]  # x, y, size in points, and the words


def quoted(draft: ParsedDocument) -> list[str]:
    """The blocks of a draft as they would be quoted."""
    return [draft.text[block.start : block.end] for block in draft.blocks]


def sections(draft: ParsedDocument) -> list[str | None]:
    """The section of each block."""
    return [block.section for block in draft.blocks]


def heading(draft: ParsedDocument) -> str | None:
    """The title where it stands in the text."""
    span: Block | None = draft.heading
    return None if span is None else draft.text[span.start : span.end]


def check(draft: ParsedDocument) -> None:
    """What holds for every draft: blocks are trimmed slices, in order, that do not overlap."""
    end = 0
    for block in draft.blocks:
        part = draft.text[block.start : block.end]
        assert part == part.strip() != ""
        assert block.start >= end
        end = block.end


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of the parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def pdf(
    pages: Iterable[Sequence[Text]], info: str = "", catalogue: str = "", content: bytes = b""
) -> bytes:
    """A PDF with words at places; ``content`` goes before the words of each page."""
    objects = [
        b"",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for page in pages:
        steps = content + b"".join(_shown(text) for text in page)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(steps), steps))
        font = b"/Resources<</Font<</F1 3 0 R>>>>"
        place = b"/Parent 2 0 R/MediaBox[0 0 612 792]"
        objects.append(b"<</Type/Page%s%s/Contents %d 0 R>>" % (place, font, len(objects)))
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue.encode()
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    objects.append(b"<<%s>>" % info.encode("latin-1"))
    return _with_table(objects)


def column(lines: Sequence[str], top: float = 700, x: float = 72, size: float = 10) -> list[Text]:
    """Lines below each other; an empty one leaves a gap, one with a blank before it is indented."""
    return [
        (x + (15 if line.startswith(" ") else 0), top - 12 * number, size, line.strip())
        for number, line in enumerate(lines)
        if line
    ]


def _shown(text: Text) -> bytes:
    x, y, size, words = text
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    encoded = escaped.encode("cp1252")
    return b"BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n" % (size, x, y, encoded)


def _with_table(objects: Sequence[bytes]) -> bytes:
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
