import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.formats import parse
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.docx.reader import read_docx
from tests.support.format_files import assert_valid, block_texts, make_zip, sections, title_text
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

_PART_FOLDERS = {"core": "docProps"}


def make_docx(inside: str, **parts: str) -> bytes:
    body = f"<w:document {_W}><w:body>{inside}</w:body></w:document>"
    other_parts = {
        f"{_PART_FOLDERS.get(name, 'word')}/{name}.xml": text for name, text in parts.items()
    }
    return make_zip({"word/document.xml": body, **other_parts})


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def by_python_docx() -> bytes:
    """Build a document with python-docx, which writes most documents outside of Word."""
    import io

    import docx

    built = docx.Document()
    built.core_properties.title = "Core title"
    built.core_properties.author = "Jane Doe"
    built.sections[0].header.paragraphs[0].text = "HEADER"
    built.sections[0].footer.paragraphs[0].text = "FOOTER"
    built.add_heading("The old bridge", 0)
    built.add_paragraph("The bridge was built in 1969.")
    built.add_heading("Hours", 1)
    for style in ("List Bullet", "List Number"):
        built.add_paragraph("Take the bus.", style=style)
        built.add_paragraph("Walk.", style=style)
    table = built.add_table(2, 2)
    for cell, text in zip(table._cells, ("Day", "Hours", "Sunday", "9 to 5"), strict=True):
        cell.text = text
    built.add_paragraph("Closed on Mondays.")
    out = io.BytesIO()
    built.save(out)
    return out.getvalue()


def test_document_is_quoted_block_by_block() -> None:
    document = read_docx(by_python_docx())
    assert block_texts(document) == [
        "The bridge was built in 1969.",
        "- Take the bus.\n- Walk.\n\n1. Take the bus.\n2. Walk.\n\n| Day | Hours |\n"
        "| Sunday | 9 to 5 |\n\nClosed on Mondays.",
    ]
    assert sections(document) == [None, "Hours"]
    assert (title_text(document), document.metadata) == (
        "The old bridge",
        ParsedMetadata(title="The old bridge", author="Jane Doe"),
    )


def test_pandoc_bylines_are_metadata_and_not_sections() -> None:
    styles = "".join(
        f'<w:style w:styleId="{name}"><w:name w:val="{name}"/>{based}</w:style>'
        for name, based in (
            ("Title", ""),
            ("Author", '<w:basedOn w:val="Title"/>'),
            ("Date", '<w:basedOn w:val="Title"/>'),
        )
    )
    inside = "".join(
        paragraph(text, f'<w:pStyle w:val="{style}"/>')
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
    data = make_docx(inside, styles=f"<w:styles {_W}>{styles}</w:styles>", core=core)
    document = read_docx(data)
    assert (block_texts(document), sections(document)) == (["They are full."], [None])
    assert document.metadata == ParsedMetadata(
        title="Night trains", author="Maria Lindqvist, Tom Baker", published="2024-11-05"
    )


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>", "It is ."),
        ("<w:del><w:r><w:t>gone</w:t></w:r></w:del>", "It is ."),
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins>", "It is new."),
        ("<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>", "It is ."),
        ("<w:moveTo><w:r><w:t>here</w:t></w:r></w:moveTo>", "It is here."),
        ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>", "It is ."),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r>', "It is shown."),
        ("<w:r><w:rPr><w:strike/></w:rPr><w:t>old</w:t></w:r>", "It is ."),
        ('<w:r><w:rPr><w:dstrike w:val="0"/></w:rPr><w:t>new</w:t></w:r>', "It is new."),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r>", "It is ."),
        ("<w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink>", "It is a link."),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:noBreakHyphen/></w:r>", "It is a b‑."),
        ("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>", "It is a\nb."),
        ("<w:sdt><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent></w:sdt>", "It is x."),
        ("<w:r><w:footnoteReference/></w:r>", "It is ."),
    ],
)
def test_text_is_read_with_all_changes_accepted(inside: str, expected: str) -> None:
    data = make_docx(f"<w:p><w:r><w:t>It is </w:t></w:r>{inside}<w:r><w:t>.</w:t></w:r></w:p>")
    assert block_texts(read_docx(data)) == [expected]


def test_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    data = make_docx(paragraph("Half a ", "<w:rPr><w:del/></w:rPr>") + paragraph("sentence."))
    assert block_texts(read_docx(data)) == ["Half a sentence."]


def test_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    both = f"<w:r><Choice>{box}</Choice><Fallback>{box}</Fallback></w:r>"
    assert block_texts(read_docx(make_docx(f"<w:p>{both}<w:r><w:t>Beside.</w:t></w:r></w:p>"))) == [
        "Beside.",
        "In the box.",
    ]


def test_text_boxes_of_old_versions_of_word_are_read() -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    old = f"<w:r><w:pict><shape><textbox>{box}</textbox></shape></w:pict></w:r>"
    data = make_docx(f"<w:p>{old}<w:r><w:t>Beside.</w:t></w:r></w:p>")
    assert block_texts(read_docx(data)) == ["Beside.", "In the box."]


def test_text_boxes_in_cells_are_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    both = f"<w:r><Choice>{box}</Choice><Fallback>{box}</Fallback></w:r>"
    cell = f"<w:tc><w:p>{both}<w:r><w:t>Beside.</w:t></w:r></w:p></w:tc>"
    other = f"<w:tc>{paragraph('Right.')}</w:tc>"
    data = make_docx(f"<w:tbl><w:tr>{cell}{other}</w:tr></w:tbl>")
    assert block_texts(read_docx(data)) == ["| Beside. In the box. | Right. |"]


def test_nested_text_boxes_are_read_quickly() -> None:
    inside = (
        "<w:p><w:r><w:txbxContent>" * 60 + paragraph("Deep.") + "</w:txbxContent></w:r></w:p>" * 60
    )
    assert block_texts(read_docx(make_docx(inside))) == ["Deep."]


def test_outline_levels_are_headings_and_contents_are_not() -> None:
    styles = (
        f"<w:styles {_W}><w:style w:styleId='A'><w:name w:val='Mine'/><w:pPr>"
        "<w:outlineLvl w:val='1'/></w:pPr></w:style><w:style w:styleId='B'><w:name w:val='toc 1'/>"
        "</w:style><w:style w:styleId='C'><w:basedOn w:val='A'/></w:style></w:styles>"
    )
    body = "".join(
        paragraph(text, f"<w:pStyle w:val='{text[0]}'/>") for text in ("Apples", "Bad", "Cider")
    )
    document = read_docx(make_docx(body + paragraph("Text."), styles=styles))
    assert (block_texts(document), sections(document)) == (["Text."], ["Cider"])


def test_list_numbers_are_counted_as_word_shows_them() -> None:
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
        paragraph(text, f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='1'/></w:numPr>")
        for text, depth in items
    )
    assert block_texts(read_docx(make_docx(body, numbering=numbering))) == [
        "1. A\n2. B\n  2.a) C\n  2.b) D\n3. E"
    ]


def numbered(text: str, number: int, depth: int = 0, properties: str = "") -> str:
    level = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph(text, level + properties)


def make_numbering(*forms: tuple[str, str, str], numbers: str) -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>{more}'
        "</w:lvl>"
        for depth, (form, text, more) in enumerate(forms)
    )
    definition = f'<w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
    return f"<w:numbering {_W}>{definition}{numbers}</w:numbering>"


_SEVEN = '<w:abstractNumId w:val="7"/>'


def test_list_inside_another_one_may_have_its_own_number_id() -> None:
    numbers = "".join(f'<w:num w:numId="{n}">{_SEVEN}</w:num>' for n in (1, 2))
    forms = (("decimal", "%1.", ""), ("lowerRoman", "(%2)", ""))
    body = numbered("A", 1) + numbered("B", 2, 1) + numbered("C", 2, 1) + numbered("D", 1)
    document = read_docx(make_docx(body, numbering=make_numbering(*forms, numbers=numbers)))
    assert block_texts(document) == ["1. A\n  (i) B\n  (ii) C\n2. D"]


def test_list_may_begin_again_with_a_number_of_its_own() -> None:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="4"/></w:lvlOverride>'
    numbers = f'<w:num w:numId="1">{_SEVEN}</w:num><w:num w:numId="2">{_SEVEN}{override}</w:num>'
    numbering = make_numbering(("upperLetter", "%1)", ""), numbers=numbers)
    body = numbered("One", 1) + numbered("Two", 2) + numbered("Three", 2)
    document = read_docx(make_docx(body, numbering=numbering))
    assert block_texts(document) == ["A) One\n\nD) Two\nE) Three"]


def test_numbers_of_headings_are_shown_and_counted() -> None:
    numbers = f'<w:num w:numId="1">{_SEVEN}</w:num>'
    forms = (("upperRoman", "%1.", ""), ("decimal", "%1.%2", "<w:isLgl/>"))
    heading = '<w:outlineLvl w:val="0"/>'
    body = numbered("Scope", 1, 0, heading) + paragraph("Words.") + numbered("Fees", 1, 0, heading)
    body += numbered("The fee is due in May.", 1, 1) + numbered("It is paid in cash.", 1, 1)
    document = read_docx(make_docx(body, numbering=make_numbering(*forms, numbers=numbers)))
    assert sections(document) == ["I. Scope", "II. Fees"]
    assert block_texts(document)[1] == "2.1 The fee is due in May.\n  2.2 It is paid in cash."


def entities(encoding: str) -> bytes:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    return make_zip({"word/document.xml": laughs.encode(encoding)})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"PK\x03\x04 and no more", "a zip archive that is cut off or damaged"),
        (lambda: make_zip({}), "the archive has no 'word/document.xml'"),
        (lambda: make_docx("\0"), "not well-formed XML"),
        (lambda: make_docx("<w:sdt>" * 100_000), "Excessive depth"),
        (lambda: make_docx(paragraph("a" * 29_000_000)), "a zip bomb"),
        (lambda: make_zip({"word/document.xml": "x", "b": b"\0" * 250_000_000}), "unpack to 250,"),
        (lambda: make_zip({f"{n}": "" for n in range(6_000)}), "6,000 parts"),
        (lambda: entities("utf-8"), "declares entities"),
        (lambda: entities("utf-16"), "declares entities"),
    ],
)
def test_invalid_files_are_rejected_within_seconds(make: Callable[[], bytes], reason: str) -> None:
    data = make()
    started = time.process_time()
    with pytest.raises(ReadError, match=reason):
        read_docx(data)
    assert time.process_time() - started < 3


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<w:tc>{cell}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def test_nested_tables_are_text_of_their_cell() -> None:
    inside = paragraph("Deep.")
    for _ in range(60):
        inside = table((inside, paragraph("Beside.")))
    document = read_docx(make_docx(inside))
    assert_valid(document)
    assert block_texts(document) == [f"| Deep.{' Beside.' * 59} | Beside. |"]


def test_items_in_cells_keep_their_marks() -> None:
    numbers = f'<w:num w:numId="1">{_SEVEN}</w:num>'
    forms = (("decimal", "%1.", ""), ("bullet", "•", ""))
    body = table(
        (paragraph("Tools"), paragraph("Bring:") + numbered("oar", 1, 1) + numbered("rope", 1, 1)),
        (numbered("Alone", 1, 1), numbered("Row", 1) + numbered("Rest", 1)),
    )
    document = read_docx(make_docx(body, numbering=make_numbering(*forms, numbers=numbers)))
    assert "| Tools | Bring: • oar • rope |" in document.text
    assert "| Alone | 1. Row 2. Rest |" in document.text


def test_table_of_one_cell_is_a_frame() -> None:
    frame = table((paragraph("Note") + paragraph("The gate is closed."),))
    assert block_texts(read_docx(make_docx(frame))) == ["Note", "The gate is closed."]


@few_examples
@given(st.binary(max_size=300))
def test_any_bytes_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_docx, data)


@few_examples
@given(mutations(make_docx(paragraph("One.") + paragraph("Two."))))
def test_mutated_archives_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_docx, data)


_ITEM = paragraph("One.", "<w:numPr/>")
_XML = f"<w:document {_W}><w:body>{_ITEM}<w:tbl><w:tr/></w:tbl></w:body></w:document>"


@few_examples
@given(mutations(_XML.encode()))
def test_mutated_xml_parses_or_raises_read_error(xml: bytes) -> None:
    assert_parses_or_rejects(
        read_docx, make_zip({"word/document.xml": xml, "word/styles.xml": xml})
    )


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def raised(text: str, level: str = "superscript") -> str:
    return run(text, f'<w:vertAlign w:val="{level}"/>')


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        (run("up to 10") + raised("3") + run(" hours"), "up to 10³ hours"),
        (run("2 × 10") + raised("−") + raised("9") + run(" m"), "2 × 10⁻⁹ m"),
        (run("CO") + raised("2", "subscript") + run(" rises"), "CO₂ rises"),
        (run("the 4") + raised("th") + run(" lock"), "the 4th lock"),
        (run("x") + raised("ab") + run(" y"), "x^(ab) y"),
        (run("10") + run("3", '<w:position w:val="8"/>') + run(" hours"), "10³ hours"),
        (run("CO") + run("2", '<w:position w:val="-6"/>') + run(" rises"), "CO₂ rises"),
        (run("The ") + run("whole line", '<w:position w:val="8"/>'), "The whole line"),
        (run("The lock.") + raised("12") + run(" It opens."), "The lock. It opens."),
    ],
)
def test_superscripts_keep_their_meaning(runs: str, shown: str) -> None:
    assert block_texts(read_docx(make_docx(f"<w:p>{runs}</w:p>"))) == [shown]


def test_superscript_may_come_from_a_character_style() -> None:
    styles = f"""<w:styles {_W}><w:style w:styleId="Up"><w:rPr><w:vertAlign w:val="superscript"/>
</w:rPr></w:style></w:styles>"""
    raised_run = run("2", '<w:rStyle w:val="Up"/>')
    body = f"<w:p>{run('4 m')}{raised_run}{run(' deep')}</w:p>"
    assert block_texts(read_docx(make_docx(body, styles=styles))) == ["4 m² deep"]


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("<sSup><e><r><t>x</t></r></e><sup><r><t>2</t></r></sup></sSup><r><t>=4</t></r>", "x²=4"),
        ("<f><num><r><t>a</t></r></num><den><r><t>b</t></r></den></f>", r"\frac{a}{b}"),
        ("<rad><deg/><e><r><t>y</t></r></e></rad>", r"\sqrt{y}"),
        ('<nary><naryPr><chr val="∑"/></naryPr><sub><r><t>i</t></r></sub><sup/>'
         "<e><r><t>i</t></r></e></nary>", r"\sum_{i} i"),
        ("<d><e><r><t>a</t></r></e></d>", "(a)"),
        ("<d><e><r><t>a</t></r></e><e><r><t>b</t></r></e></d>", "(a|b)"),
        ("<func><fName><r><t>sin</t></r></fName><e><r><t>x</t></r></e></func>", "sin x"),
        ("<limLow><e><r><t>lim</t></r></e><lim><r><t>n</t></r></lim></limLow>", "lim_{n}"),
        ('<acc><accPr><chr val="\u0305"/></accPr><e><r><t>x</t></r></e></acc>', r"\bar{x}"),
        ('<bar><barPr><pos val="top"/></barPr><e><r><t>AB</t></r></e></bar>', r"\overline{AB}"),
        ('<f><fPr><type val="noBar"/></fPr><num><r><t>n</t></r></num><den><r><t>k</t></r></den>'
         "</f>", r"\binom{n}{k}"),
        ("<m><mr><e><r><t>1</t></r></e><e><r><t>2</t></r></e></mr><mr><e><r><t>3</t></r></e>"
         "<e><r><t>4</t></r></e></mr></m>", r"\begin{matrix} 1 & 2 \\ 3 & 4 \end{matrix}"),
        ("<sPre><sub><r><t>6</t></r></sub><sup><r><t>14</t></r></sup><e><r><t>C</t></r></e></sPre>",
         "{}_{6}^{14}C"),
    ],
)  # fmt: skip
def test_formulas_are_written_out(inside: str, shown: str) -> None:
    body = f"<w:p>{run('Then ')}<oMath>{inside}</oMath>{run(' holds.')}</w:p>"
    assert block_texts(read_docx(make_docx(body))) == [f"Then {shown} holds."]


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("<w:r><w:instrText> EQ \\f(1;2)</w:instrText></w:r>", "Then […] holds."),
        ('<w:r><w:object><OLEObject ProgID="Equation.DSMT4"/></w:object></w:r>', "Then […] holds."),
        ('<w:r><w:object><OLEObject ProgID="Excel.Sheet.12"/></w:object></w:r>', "Then  holds."),
        ("<w:r><w:instrText> PAGE </w:instrText></w:r>", "Then  holds."),
    ],
)
def test_formula_that_cannot_be_read_leaves_a_mark(formula: str, shown: str) -> None:
    body = f"<w:p>{run('Then ')}{formula}{run(' holds.')}</w:p>"
    (text,) = block_texts(read_docx(make_docx(body)))
    assert text.split() == shown.split()


def test_drop_cap_joins_its_word() -> None:
    cap = '<w:framePr w:dropCap="drop" w:lines="3"/>'
    document = read_docx(make_docx(paragraph("O", cap) + paragraph("nce a year the ferry stops.")))
    assert block_texts(document) == ["Once a year the ferry stops."]


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        (
            run("5 ") + '<w:r><w:sym w:font="Symbol" w:char="F06D"/></w:r>' + run("m wide"),
            "5 \u03bcm wide",
        ),
        (
            run("a ") + '<w:r><w:sym w:font="Wingdings" w:char="F0E0"/></w:r>' + run(" b"),
            "a → b",
        ),
        (run("b", '<w:rFonts w:ascii="Symbol"/>') + run(" rays"), "β rays"),
        (
            run("A sentence ") + '<w:r><w:br w:type="page"/></w:r>' + run("goes on."),
            "A sentence goes on.",
        ),
    ],
)
def test_signs_and_breaks_inside_sentences(runs: str, shown: str) -> None:
    assert block_texts(read_docx(make_docx(f"<w:p>{runs}</w:p>"))) == [shown]


def entry(title: str, number: str) -> str:
    return (
        f'<w:p><w:hyperlink w:anchor="_Toc{number}">{run(title)}<w:r><w:tab/></w:r>{run(number)}'
        "</w:hyperlink></w:p>"
    )


def test_tables_of_contents_are_left_out_by_their_markup() -> None:
    gallery = '<w:docPartGallery w:val="Table of Contents"/>'
    control = (
        f"<w:sdt><w:sdtPr><w:docPartObj>{gallery}</w:docPartObj></w:sdtPr><w:sdtContent>"
        f"{paragraph('Contents')}{paragraph('Hours 1')}</w:sdtContent></w:sdt>"
    )
    body = control + entry("Hours", "1") + entry("Prices", "2") + paragraph("It opens at nine.")
    assert block_texts(read_docx(make_docx(body))) == ["It opens at nine."]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted with a password"),
        (OLE, "a file of an old Office program"),
    ],
)
def test_old_containers_are_refused_with_their_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_docx(data)


def test_notes_follow_the_text_and_stay_out_of_its_words() -> None:
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = paragraph("Hours", '<w:outlineLvl w:val="1"/>') + paragraph("Words.")
    body += f"<w:p>{run('It opens at six')}{reference}{run(' every day.')}</w:p>"
    notes = f"""<w:footnotes {_W}><w:footnote w:type="separator"><w:p>{run("___ x")}</w:p>
</w:footnote><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r>{run("Except in May.")}</w:p>
</w:footnote></w:footnotes>"""
    document = read_docx(make_docx(body, footnotes=notes))
    assert block_texts(document) == ["Words.\n\nIt opens at six every day.", "Except in May."]
    assert document.blocks[-1].section is None


def headings(*levels: int) -> bytes:
    parts = (
        paragraph(f"Heading {number}", f'<w:outlineLvl w:val="{level - 1}"/>') + paragraph("Words.")
        for number, level in enumerate(levels, 1)
    )
    return make_docx("".join(parts))


def test_unique_first_heading_is_the_title() -> None:
    document = read_docx(headings(1, 2, 2))
    assert (document.metadata.title, title_text(document)) == ("Heading 1", "Heading 1")
    assert sections(document) == [None, "Heading 2", "Heading 3"]


@pytest.mark.parametrize("levels", [(1, 1), (2, 1)])
def test_first_heading_among_its_equals_is_a_section(levels: tuple[int, ...]) -> None:
    document = read_docx(headings(*levels))
    assert (document.metadata.title, sections(document)) == (None, ["Heading 1", "Heading 2"])


_CODE_STYLES = f"""<w:styles {_W}>
<w:style w:styleId="C"><w:name w:val="HTML Code"/></w:style>
<w:style w:styleId="B"><w:name w:val="Source Code"/></w:style>
<w:style w:styleId="Q"><w:name w:val="Quote"/></w:style></w:styles>"""


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        (run("Run ") + run("lock open", '<w:rStyle w:val="C"/>') + run(" twice."),
         "Run `lock open` twice."),
        (run("Run ") + run("lock ", '<w:rFonts w:ascii="Consolas"/>')
         + run("open ", '<w:rFonts w:ascii="Courier New"/>') + run("twice."),
         "Run `lock open` twice."),
        (run("She said ") + run("open", '<w:rStyle w:val="Q"/>') + run(" twice."),
         "She said open twice."),
    ],
)  # fmt: skip
def test_inline_code_is_marked(runs: str, shown: str) -> None:
    data = make_docx(f"<w:p>{runs}</w:p>" + paragraph("It is slow."), styles=_CODE_STYLES)
    assert block_texts(read_docx(data))[0].startswith(shown)


def test_lines_of_code_are_one_block() -> None:
    lines = "".join(paragraph(line, '<w:pStyle w:val="B"/>') for line in ("def open():", "  run()"))
    courier = "<w:p>" + run("gate = 1", "<w:rFonts w:ascii='Courier New'/>") + "</w:p>"
    body = paragraph("Write this:") + lines.replace("<w:t>", '<w:t xml:space="preserve">')
    body += paragraph("Then write this, and nothing else:") + courier
    assert block_texts(read_docx(make_docx(body, styles=_CODE_STYLES))) == [
        "Write this:\n\n```\ndef open():\n  run()\n```\n\nThen write this, and nothing else:\n\n"
        "```\ngate = 1\n```"
    ]


def test_text_in_the_font_of_a_typewriter_is_no_code() -> None:
    letter = run("Dear keeper, the gate was closed.", '<w:rFonts w:ascii="Courier New"/>')
    assert block_texts(read_docx(make_docx(f"<w:p>{letter}</w:p>"))) == [
        "Dear keeper, the gate was closed."
    ]


_PAGE = "<html><body><h1>The ferry</h1><p>It stops once a year.</p></body></html>"
_ARCHIVE = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    f"{_PAGE.replace('once', 'o=6Ece')}\r\n--x--\r\n"
)


def with_chunk(name: str, content: str | bytes) -> bytes:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId5" Type="http://x/relationships/aFChunk" Target="{name}"/>'
        "</Relationships>"
    )
    body = '<w:altChunk xmlns:r="http://r" r:id="rId5"/>'
    return make_zip(
        {
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations,
            f"word/{name}": content,
        }
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", _PAGE),
        ("page.mht", _ARCHIVE),
        ("page.txt", "It stops once a year."),
        ("page.docx", make_docx(paragraph("It stops once a year."))),
    ],
)
def test_files_in_place_of_text_are_read(name: str, content: str | bytes) -> None:
    assert block_texts(read_docx(with_chunk(name, content))) == ["It stops once a year."]


def test_file_in_place_of_text_that_is_not_read_is_named() -> None:
    document = read_docx(with_chunk("page.wps", b"x"))
    assert document.notes == ("a file inside the document is not read: word/page.wps",)


def test_word_file_without_text_is_no_template() -> None:
    data = make_zip({"word/document.xml": f"<w:document {_W}/>", "x": "<%"}) + b"{{ <% {%"
    with pytest.raises(ReadError, match="contains no paragraphs"):
        parse("empty.docx", data)


def bold(text: str, size: str = "22") -> str:
    return "<w:p>" + run(text, f'<w:b/><w:sz w:val="{size}"/>') + "</w:p>"


def test_bold_lines_are_headings_if_no_style_says_so() -> None:
    body = (
        bold("Rules of the club", "40")
        + bold("1. Members")
        + paragraph("All may join, at any age.")
    )
    body += (
        bold("Never swim alone.")
        + bold("2. Boats")
        + paragraph("They are green, and six metres long.")
    )
    document = read_docx(make_docx(body))
    assert (document.metadata.title, title_text(document)) == ("Rules of the club",) * 2
    assert sections(document) == ["1. Members", "2. Boats"]
    assert block_texts(document)[0] == "All may join, at any age.\n\nNever swim alone."


def test_bold_lines_beside_headings_of_a_style_are_text() -> None:
    heading = paragraph("Hours", '<w:outlineLvl w:val="1"/>')
    body = paragraph("Words.") + heading + bold("Summer") + paragraph("Nine.")
    assert sections(read_docx(make_docx(body))) == [None, "Hours"]


def test_bold_text_of_a_table_is_no_heading() -> None:
    body = table((bold("Day"), bold("Hours")), (paragraph("Sunday"), paragraph("9 to 5")))
    assert block_texts(read_docx(make_docx(body))) == ["| Day | Hours |\n| Sunday | 9 to 5 |"]
