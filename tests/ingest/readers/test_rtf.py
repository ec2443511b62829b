import pytest
from hypothesis import given

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.rtf.reader import read_rtf
from tests.support.format_files import block_texts, sections, title_text
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

CLUB = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil Arial;}{\f1\fnil\fcharset204 Times;}}
{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s7\qc Title;}}
{\info{\title Core title}{\author Ada Reed}{\creatim\yr2024\mo5\dy2}}
{\*\generator Riched20 10.0}{\header Secret header\par}
\pard\s7 Rules of the club\par
\pard The caf\'e9 opens at six\u8212?every
 day{\footnote\pard\plain {\super\chftn} Except in May.\par}, up to
 10{\super 3} cups of H\sub 2\nosupersub O.\par
\pard\s1 Boats\par
\pard Take these:\par
{\listtext\pard\plain 1.\tab}Oars\par
{\listtext\pard\plain 2.\tab}{\b A} rope\par
\pard {\f1 \'cf\'f0\'e8\'e2\'e5\'f2} means hello.\line Always.\par
{\pict\pngblip 89504e470d0a}{\v hidden}{\field{\*\fldinst HYPERLINK "x"}
{\fldrslt Our page}} has more.\par
\trowd\pard\intbl Who\cell Price\cell\row\trowd\pard\intbl Adults\cell 7.50\cell\row
\pard Last \{line\}.\par}"""


def test_document_is_quoted_block_by_block() -> None:
    document = read_rtf(CLUB)
    assert block_texts(document) == [
        "The café opens at six—every day, up to 10³ cups of H₂O.",
        "Take these:\n\n1. Oars\n2. A rope\n\nПривет means hello.\nAlways.\n\nOur page has more."
        "\n\n| Who | Price |\n| Adults | 7.50 |\n\nLast {line}.",
        "Except in May.",
    ]
    assert sections(document)[:2] == [None, "Boats"]
    assert (title_text(document), document.metadata) == (
        "Rules of the club",
        ParsedMetadata(title="Rules of the club", author="Ada Reed"),
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (rb"{\rtf1 One\uc2\u8364 EUcost.\par}", "One€cost."),
        (rb"{\rtf1 A\bin5 }}}}}B\par}", "AB"),
        (
            rb"{\rtf1{\fonttbl{\f0\fcharset0 Arial;}{\f3\fcharset2 Symbol;}}"
            rb"5 {\f3 m}m, a {\f3 \'b3} b, {\f3\u-3999 ?}.\par}",
            "5 μm, a ≥ b, α.",
        ),
        (rb"{\rtf1 It takes \strike 30 \strike0 {\striked1 25 }20 days.\par}", "It takes 20 days."),
        (rb"{\rtf1 10{\up6\fs16 3} and CO{\dn4 2}.\par}", "10³ and CO₂."),
        (rb"{\rtf1\pard\dropcapli3 O\par\pard nce a year.\par}", "Once a year."),
        (rb"{\rtf1 A sentence \page goes on.\par}", "A sentence goes on."),
        (
            rb"{\rtf1{\stylesheet{\s0 Normal;}{\s21 toc 1;}}"
            rb"\pard\s21 Hours\tab 1\par\pard\s0 It opens at nine.\par}",
            "It opens at nine.",
        ),
        (rb"{\rtf1\ansicpg932 \'93\'fa\'96\'7b here.\par}", "日本 here."),
        (rb"{\rtf1 \u-10179?\u-8704? smiles.\par}", "😀 smiles."),
        (
            rb"{\rtf1 Then {\mmath{\*\moMath{\msSup{\msSupPr{\mctrlPr\i}}{\me{\mr x}}"
            rb"{\msup{\mr\mscr0 {\rtlch 2}}}}{\mr =9}}} holds.\par}",
            "Then x²=9 holds.",
        ),
        (
            rb"{\rtf1 So {\mmath{\*\moMathPara{\*\moMathParaPr{\mjc left}}{\*\moMath"
            rb"{\mf{\mnum{\mr a}}{\mden{\mr b}}}{\mr >}{\mnary{\mnaryPr{\mchr \u8721?}}"
            rb"{\msub{\mr i}}{\msup{\mr n}}"
            rb"{\me{\mr c}}}}}} here.\par}",
            r"So \frac{a}{b}>\sum_{i}^{n} c here.",
        ),
        (
            rb"{\rtf1 Where {\object\objemb{\*\objclass Equation.3}{\*\objdata 0105}"
            rb"{\result {\pict 89}}} is {\field{\*\fldinst { EQ \\f(1,2)}}{\fldrslt }} of it.\par}",
            "Where […] is […] of it.",
        ),
        (
            rb"{\rtf1{\*\listtable{\list{\listlevel{\leveltext\'02\'00.;}{\levelnumbers\'01;}}}}"
            rb"Where it begins.\par}",
            "Where it begins.",
        ),
        (
            rb"{\rtf1 Table {\field{\*\fldinst SEQ Table \\* ARABIC}{\fldrslt 1}}: prices.\par}",
            "Table 1: prices.",
        ),
        (
            rb"{\rtf1 A {\object{\*\objclass Excel.Sheet.8}{\result {\pict 89}}} sheet.\par}",
            "A  sheet.",
        ),
        (rb"{\rtf1 Bad \'zz code.\par}", "Bad zz code."),
        (rb"{\rtf1 No end of group", "No end of group"),
    ],
)
def test_characters_are_decoded(source: bytes, text: str) -> None:
    assert block_texts(read_rtf(source)) == [text]


LISTS = rb"""{\rtf1\ansi\deff0{\fonttbl{\f0\fswiss Helvetica;}{\f1\fmodern Courier;}}
\pard\qc\b\fs36 Care of the locks\par\pard\qc\b0\fs24 Mira Holt\par\pard\qc 5 March 2024\par
\pard\outlinelevel0 Opening\par
\pard Use the {\f1 windlass} twice. First:\par
\pard\li360\fi-360 1.\tab Tie the boat.\par
\pard\li720\fi-360 a)\tab Take the rope.\par
\pard\li720\fi-360 b)\tab Make a knot.\par
\pard\li360\fi-360 2.\tab Wait.\par
\pard\li360\fi-360\bullet\tab gloves\par
{\listtext\pard\plain\f3\'b7\tab}\pard\ilvl1 a rope\par
\pard\outlinelevel0 Prices\par
\pard It costs much{\super\chftn}{\*\footnote\chftn Since 4 May.\par} to pass. Write:\par
\pard\f1 gate = 1\par
\pard\f1 \~ run(gate)\par
\pard\f0 In 1920 the lock was built for boats of up to three metres, and it is used today.\par}"""


def test_star_inside_a_group_hides_no_text() -> None:
    document = read_rtf(rb"{\rtf1 {\*\unknown secret}{\i0\*\cs7 The quick fox} jumps.\par}")
    assert block_texts(document) == ["The quick fox jumps."]


def test_lists_keep_their_marks_and_depth() -> None:
    document = read_rtf(LISTS)
    assert block_texts(document) == [
        "Use the `windlass` twice. First:\n\n1. Tie the boat.\n  a) Take the rope.\n"
        "  b) Make a knot.\n2. Wait.\n\n- gloves\n  - a rope",
        "It costs much to pass. Write:\n\n```\ngate = 1\n  run(gate)\n```\n\n"
        "In 1920 the lock was built for boats of up to three metres, and it is used today.",
        "Since 4 May.",
    ]
    assert sections(document) == ["Opening", "Prices", None]


def test_large_line_in_the_middle_is_the_title() -> None:
    document = read_rtf(LISTS)
    assert (title_text(document), document.metadata) == (
        "Care of the locks",
        ParsedMetadata(title="Care of the locks", author="Mira Holt", published="2024-03-05"),
    )


def test_text_in_the_font_of_a_typewriter_is_no_code() -> None:
    source = rb"{\rtf1\deff0{\fonttbl{\f0\fmodern Courier New;}}\pard\f0 Dear keeper, hello.\par}"
    assert block_texts(read_rtf(source)) == ["Dear keeper, hello."]


def test_other_files_and_deep_groups_are_rejected() -> None:
    with pytest.raises(ReadError, match="not those of rich text"):
        read_rtf(b"Words.")
    with pytest.raises(ReadError, match="groups nested over 1,000 deep"):
        read_rtf(rb"{\rtf1 " + b"{" * 2_000)


@few_examples
@given(mutations(CLUB))
def test_mutated_files_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_rtf, data)
