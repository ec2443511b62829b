import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.docx import read_docx
from tests.support.format_files import check, heading, quoted, sections, zipped
from tests.support.fuzz import few, mutated, reads_or_refuses

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

_FOLDER = {"core": "docProps"}


def document(inside: str, **parts: str) -> bytes:
    body = f"<w:document {_W}><w:body>{inside}</w:body></w:document>"
    others = {f"{_FOLDER.get(name, 'word')}/{name}.xml": text for name, text in parts.items()}
    return zipped({"word/document.xml": body, **others})


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def by_python_docx() -> bytes:
    """A document as the library that writes most of them outside of Word does."""
    import io

    import docx

    made = docx.Document()
    made.core_properties.title = "Core title"
    made.core_properties.author = "Jane Doe"
    made.sections[0].header.paragraphs[0].text = "HEADER"
    made.sections[0].footer.paragraphs[0].text = "FOOTER"
    made.add_heading("The old bridge", 0)
    made.add_paragraph("The bridge was built in 1969.")
    made.add_heading("Hours", 1)
    for style in ("List Bullet", "List Number"):
        made.add_paragraph("Take the bus.", style=style)
        made.add_paragraph("Walk.", style=style)
    table = made.add_table(2, 2)
    for cell, text in zip(table._cells, ("Day", "Hours", "Sunday", "9 to 5"), strict=True):
        cell.text = text
    made.add_paragraph("Closed on Mondays.")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_document_is_quoted_block_by_block() -> None:
    draft = read_docx(by_python_docx())
    assert quoted(draft) == [
        "The bridge was built in 1969.",
        "- Take the bus.\n- Walk.",
        "1. Take the bus.\n2. Walk.",
        "| Day | Hours |\n| Sunday | 9 to 5 |",
        "Closed on Mondays.",
    ]
    assert sections(draft) == [None, *["Hours"] * 4]
    assert (heading(draft), draft.found) == (
        "The old bridge",
        ParsedMetadata(title="The old bridge", author="Jane Doe"),
    )


def test_bylines_of_pandoc_are_no_sections_and_say_who_wrote_it_and_when() -> None:
    styles = "".join(
        f'<w:style w:styleId="{name}"><w:name w:val="{name}"/>{based}</w:style>'
        for name, based in (
            ("Title", ""),
            ("Author", '<w:basedOn w:val="Title"/>'),
            ("Date", '<w:basedOn w:val="Title"/>'),
        )
    )
    inside = "".join(
        p(text, f'<w:pStyle w:val="{style}"/>')
        for text, style in (
            ("Night trains", "Title"),
            ("Maria Lindqvist", "Author"),
            ("Tom Baker", "Author"),
            ("2024-11-05", "Date"),
            ("They are full.", "BodyText"),
        )
    )
    core = (
        '<c xmlns:dc="dc"><dc:creator>Maria Lindqvist; Tom Baker</dc:creator>'
        "<created>2026-11-25T09:00:00Z</created></c>"
    )
    data = document(inside, styles=f"<w:styles {_W}>{styles}</w:styles>", core=core)
    draft = read_docx(data)
    assert (quoted(draft), sections(draft)) == (["They are full."], [None])
    assert draft.found == ParsedMetadata(
        title="Night trains", author="Maria Lindqvist, Tom Baker", published="2024-11-05"
    )


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>", "It is ."),
        ("<w:del><w:r><w:t>gone</w:t></w:r></w:del>", "It is ."),
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins>", "It is new."),
        ("<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>", "It is ."),
        ("<w:moveTo><w:r><w:t>here</w:t></w:r></w:moveTo>", "It is here."),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>", "It is ."),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r>', "It is shown."),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r>", "It is ."),
        ("<w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink>", "It is a link."),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:noBreakHyphen/></w:r>", "It is a b‑."),
        ("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>", "It is a\nb."),
        ("<w:sdt><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent></w:sdt>", "It is x."),
        ("<w:r><w:footnoteReference/></w:r>", "It is ."),
    ],
)
def test_words_are_read_as_with_all_changes_accepted(inside: str, wanted: str) -> None:
    data = document(f"<w:p><w:r><w:t>It is </w:t></w:r>{inside}<w:r><w:t>.</w:t></w:r></w:p>")
    assert quoted(read_docx(data)) == [wanted]


def test_a_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    data = document(p("Half a ", "<w:rPr><w:del/></w:rPr>") + p("sentence."))
    assert quoted(read_docx(data)) == ["Half a sentence."]


def test_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    both = f"<w:r><Choice>{box}</Choice><Fallback>{box}</Fallback></w:r>"
    assert quoted(read_docx(document(f"<w:p>{both}<w:r><w:t>Beside.</w:t></w:r></w:p>"))) == [
        "Beside.",
        "In the box.",
    ]


def test_boxes_in_boxes_take_no_time() -> None:
    inside = "<w:p><w:r><w:txbxContent>" * 60 + p("Deep.") + "</w:txbxContent></w:r></w:p>" * 60
    assert quoted(read_docx(document(inside))) == ["Deep."]


def test_styles_by_outline_level_are_headings_and_contents_are_none() -> None:
    styles = (
        f"<w:styles {_W}><w:style w:styleId='A'><w:name w:val='Mine'/><w:pPr>"
        "<w:outlineLvl w:val='1'/></w:pPr></w:style><w:style w:styleId='B'><w:name w:val='toc 1'/>"
        "</w:style><w:style w:styleId='C'><w:basedOn w:val='A'/></w:style></w:styles>"
    )
    body = "".join(p(text, f"<w:pStyle w:val='{text[0]}'/>") for text in ("Apples", "Bad", "Cider"))
    draft = read_docx(document(body + p("Text."), styles=styles))
    assert (quoted(draft), sections(draft)) == (["Text."], ["Cider"])


def test_numbers_are_counted_as_word_shows_them() -> None:
    levels = "".join(
        f"<w:lvl w:ilvl='{n}'><w:numFmt w:val='{form}'/><w:lvlText w:val='{text}'/></w:lvl>"
        for n, (form, text) in enumerate([("decimal", "%1."), ("lowerLetter", "%1.%2)")])
    )
    numbering = (
        f"<w:numbering {_W}><w:abstractNum w:abstractNumId='7'>{levels}</w:abstractNum>"
        "<w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num></w:numbering>"
    )
    items = [("A", 0), ("B", 0), ("C", 1), ("D", 1), ("E", 0)]
    body = "".join(
        p(text, f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='1'/></w:numPr>")
        for text, depth in items
    )
    assert quoted(read_docx(document(body, numbering=numbering))) == [
        "1. A\n2. B\n2.a) C\n2.b) D\n3. E"
    ]


def entities(encoding: str) -> bytes:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    return zipped({"word/document.xml": laughs.encode(encoding)})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"PK\x03\x04 and no more", "not a zip archive"),
        (lambda: zipped({}), "no 'word/document.xml' in it"),
        (lambda: document("\0"), "no well-formed XML"),
        (lambda: document("<w:sdt>" * 100_000), "Excessive depth"),
        (lambda: document(p("a" * 29_000_000)), "a zip bomb"),
        (lambda: zipped({"word/document.xml": "x", "b": b"\0" * 250_000_000}), "unpack to 250,"),
        (lambda: zipped({f"{n}": "" for n in range(6_000)}), "6,000 parts"),
        (lambda: entities("utf-8"), "declares entities"),
        (lambda: entities("utf-16"), "declares entities"),
    ],
)
def test_what_cannot_be_read_is_refused_in_seconds(make: Callable[[], bytes], reason: str) -> None:
    data = make()
    started = time.monotonic()
    with pytest.raises(ReadError, match=reason):
        read_docx(data)
    assert time.monotonic() - started < 3


def test_tables_in_tables_are_words_of_their_cell() -> None:
    inside = "<w:tbl><w:tr><w:tc>" * 60 + p("Deep.") + "</w:tc></w:tr></w:tbl>" * 60
    draft = read_docx(document(inside))
    check(draft)
    assert quoted(draft) == ["| Deep. |"]


@few
@given(st.binary(max_size=300))
def test_any_bytes_are_a_draft_or_our_error(data: bytes) -> None:
    reads_or_refuses(read_docx, data)


@few
@given(mutated(document(p("One.") + p("Two."))))
def test_a_changed_archive_is_a_draft_or_our_error(data: bytes) -> None:
    reads_or_refuses(read_docx, data)


_ITEM = p("One.", "<w:numPr/>")
_XML = f"<w:document {_W}><w:body>{_ITEM}<w:tbl><w:tr/></w:tbl></w:body></w:document>"


@few
@given(mutated(_XML.encode()))
def test_a_changed_document_is_a_draft_or_our_error(xml: bytes) -> None:
    reads_or_refuses(read_docx, zipped({"word/document.xml": xml, "word/styles.xml": xml}))
