import pytest
from hypothesis import given

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.odt.reader import read_odt
from tests.support.format_files import block_texts, make_zip, sections, title_text
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("text", "text"), ("style", "style"),
                         ("table", "table"), ("draw", "drawing"), ("meta", "meta"))
)  # fmt: skip
_STYLES = """<style:style style:name="P1" style:parent-style-name="Title"/>
<style:style style:name="P2" style:parent-style-name="Preformatted_20_Text"/>
<style:style style:name="T1"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="T2"><style:text-properties style:text-position="sub 58%"/></style:style>
<style:style style:name="T4"><style:text-properties style:text-line-through-style="solid"/>
</style:style>
<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-suffix="."
 style:num-format="1"/></text:list-style>"""
_BODY = """<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>
<text:p text:style-name="P1">Rules of the club</text:p>
<text:table-of-content><text:p>Boats 1</text:p></text:table-of-content>
<text:p>It opens<text:note><text:note-citation>1</text:note-citation><text:note-body>
<text:p>Except in May.</text:p></text:note-body></text:note> at six,<text:s text:c="2"/>up to
 10<text:span text:style-name="T1">3</text:span> cups of
 H<text:span text:style-name="T2">2</text:span>O.</text:p>
<text:h text:outline-level="1">Boats</text:h><text:p>Run this:</text:p>
<text:p text:style-name="P2">boat <text:s/>book</text:p>
<text:p text:style-name="P2">boat row</text:p>
<text:p>Take these:</text:p>
<text:list text:style-name="L1"><text:list-item><text:p>Oars</text:p></text:list-item>
<text:list-item><text:p>A rope</text:p></text:list-item></text:list>
<text:h text:outline-level="2">Prices</text:h>
<table:table><table:table-row><table:table-cell><text:p>Who</text:p></table:table-cell>
<table:table-cell><text:p>Price</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>Adults</text:p></table:table-cell>
<table:table-cell><text:p>7.50</text:p></table:table-cell></table:table-row></table:table>
<text:p>A<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box></draw:frame>n end.
</text:p>"""
_META = """<office:document-meta {}><office:meta><dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">
Core title</dc:title><meta:initial-creator>Ada Reed</meta:initial-creator>
<meta:creation-date>2024-05-02T10:00:00</meta:creation-date></office:meta></office:document-meta>"""


def make_odt(body: str, **parts: str | bytes) -> bytes:
    content = (
        f"<office:document-content {_NAMESPACES}><office:automatic-styles>{_STYLES}"
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    named = {f"{name}.xml": part for name, part in parts.items()}
    return make_zip({"mimetype": "application/vnd.oasis.opendocument.text",
                     "content.xml": content, **named})  # fmt: skip


def test_text_that_is_struck_out_is_not_quoted() -> None:
    struck = '<text:span text:style-name="T4">30</text:span>'
    data = make_odt(f"<text:p>It takes {struck} 20 days.</text:p>")
    assert block_texts(read_odt(data)) == ["It takes  20 days."]


def test_document_is_quoted_block_by_block() -> None:
    document = read_odt(make_odt(_BODY, meta=_META.format(_NAMESPACES)))
    assert block_texts(document) == [
        "It opens at six,  up to 10³ cups of H₂O.",
        "Run this:\n\n```\nboat  book\nboat row\n```\n\nTake these:\n\n1. Oars\n2. A rope",
        "| Who | Price |\n| Adults | 7.50 |\n\nAn end.\n\nIn the box.",
        "Except in May.",
    ]
    assert sections(document) == [None, "Boats", "Prices", None]
    assert (title_text(document), document.metadata) == (
        "Rules of the club",
        ParsedMetadata(title="Rules of the club", author="Ada Reed", published="2024-05-02"),
    )


def test_formulas_are_documents_of_their_own() -> None:
    frame = (
        '<draw:frame><draw:object xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xlink:href="./Object 1"/></draw:frame>'
    )
    formula = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mfrac><mi>a</mi>'
        "<mi>b</mi></mfrac><mo>=</mo><msup><mi>c</mi><mn>2</mn></msup></mrow>"
        '<annotation encoding="StarMath 5.0">{a over b} = c^2</annotation></semantics></math>'
    )
    body = f"<text:p>The rule {frame} holds for all.</text:p>"
    data = make_odt(body, **{"Object 1/content": formula})
    assert block_texts(read_odt(data)) == ["The rule a/b = c² holds for all."]


def test_raised_text_may_inherit_its_style() -> None:
    styles = (
        '<style:style style:name="T3" style:parent-style-name="T1">'
        "<style:text-properties/></style:style>"
    )
    body = '<text:p>It holds 10<text:span text:style-name="T3">3</text:span> litres.</text:p>'
    data = make_odt(f"{body}<text:p/>{styles}")
    assert block_texts(read_odt(data))[0] == "It holds 10³ litres."


@pytest.mark.parametrize(
    "hidden",
    [
        '<text:section text:display="none"><text:p>A secret is here.</text:p></text:section>',
        '<text:p><text:hidden-paragraph text:is-hidden="true"/>A secret is here.</text:p>',
    ],
)
def test_hidden_text_is_not_quoted(hidden: str) -> None:
    body = f"{hidden}<text:p>This is for all.</text:p>"
    assert block_texts(read_odt(make_odt(body))) == ["This is for all."]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no archive", "^not a zip archive, as an OpenDocument text should be; save it again$"),
        (make_zip({"mimetype": "x"}), r"the archive has no 'content\.xml'"),
        (make_zip({"content.xml": "<x/>"}), "holds no text but a table or a drawing"),
        (make_zip({"content.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), "declares entities"),
        (
            make_zip({"content.xml": b"\0\1", "META-INF/manifest.xml": "<m:encryption-data/>"}),
            "encrypted with a password",
        ),
    ],
)
def test_other_files_are_rejected_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_odt(data)


@few_examples
@given(mutations(make_odt(_BODY)))
def test_mutated_archives_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_odt, data)


@few_examples
@given(mutations(_BODY.encode()))
def test_mutated_text_parses_or_raises_read_error(body: bytes) -> None:
    assert_parses_or_rejects(read_odt, make_odt(body.decode("utf-8", "replace")))


def list_style(name: str, *levels: str) -> str:
    numbered = "".join(
        f'<text:list-level-style-number text:level="{level}" {properties}/>'
        for level, properties in enumerate(levels, 1)
    )
    return f'<text:list-style style:name="{name}">{numbered}</text:list-style>'


def item(*inside: str) -> str:
    return f"<text:list-item>{''.join(inside)}</text:list-item>"


def p(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def test_list_marks_are_those_that_the_document_shows() -> None:
    style = list_style(
        "L9",
        'style:num-format="1" style:num-suffix="."',
        'style:num-format="a" style:num-prefix="(" style:num-suffix=")"',
        'style:num-format="1" text:display-levels="3"',
    )
    deepest = f"<text:list>{item(p('Ten turns'))}</text:list>"
    inner = f"<text:list>{item(p('Left'))}{item(p('Right'), deepest)}</text:list>"
    body = (
        f'<text:list text:style-name="L9">{item(p("Boats"))}{item(p("Gates"), inner)}</text:list>'
    )
    body += p("Rest.") + (
        '<text:list text:continue-numbering="true" text:style-name="L9">'
        f'{item(p("Keys"))}<text:list-item text:start-value="7">{p("Doors")}</text:list-item>'
        "</text:list>"
    )
    assert block_texts(read_odt(make_odt(f"{style}{body}"))) == [
        "1. Boats\n2. Gates\n  (a) Left\n  (b) Right\n    2.b.1 Ten turns\n\nRest.\n\n"
        "3. Keys\n7. Doors"
    ]


def test_numbers_of_headings_are_shown() -> None:
    outline = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"'
        ' style:num-suffix="."/></text:outline-style>'
    )
    heading = '<text:h text:outline-level="1">{}</text:h>'
    body = outline + heading.format("Scope") + p("One.") + heading.format("Fees") + p("Two.")
    assert sections(read_odt(make_odt(body))) == ["1. Scope", "2. Fees"]


def test_code_is_marked_by_its_style_or_font() -> None:
    styles = (
        '<style:style style:name="T9"><style:text-properties style:font-name="Liberation Mono"/>'
        '</style:style><style:style style:name="Source_20_Text"/>'
    )
    body = p(
        'Run <text:span text:style-name="Source_20_Text">lock</text:span> or'
        ' <text:span text:style-name="T9">gate</text:span> twice, when you are at the lock.'
    )
    body += p("gate = 1", "T9")
    assert block_texts(read_odt(make_odt(styles + body))) == [
        "Run `lock` or `gate` twice, when you are at the lock.\n\n```\ngate = 1\n```"
    ]


def test_covered_cells_keep_the_columns_and_frames_are_text() -> None:
    cell = "<table:table-cell>{}</table:table-cell>"
    covered = "<table:covered-table-cell/>"
    rows = f"<table:table-row>{cell.format(p('Boat'))}{cell.format(p('Price'))}</table:table-row>"
    rows += f"<table:table-row>{covered}{cell.format(p('7.50'))}</table:table-row>"
    body = f"<table:table>{rows}</table:table>"
    body += (
        f"<table:table><table:table-row>{cell.format(p('A note.'))}</table:table-row></table:table>"
    )
    assert block_texts(read_odt(make_odt(body))) == ["| Boat | Price |\n|  | 7.50 |\n\nA note."]


def test_bylines_below_the_title_are_metadata() -> None:
    styles = '<style:style style:name="Author" style:parent-style-name="Title"/>'
    body = p("Rules of the club", "P1") + p("Ada Reed", "Author") + p("2024-03-05") + p("It opens.")
    document = read_odt(make_odt(styles + body, meta=_META.format(_NAMESPACES)))
    assert block_texts(document) == ["It opens."]
    assert (document.metadata.author, document.metadata.published) == ("Ada Reed", "2024-03-05")
