import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.pdf.lines import TextPiece, join_rows, to_lines
from index.ingest.readers.pdf.paragraphs import join_text
from index.ingest.readers.pdf.reader import read_pdf
from tests.support.format_files import block_texts, column, make_pdf, sections, title_text
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

STORY = [
    "The bridge was opened again on Sunday after three years of work on its",
    "foundations. The information that the mayor gave was that nobody had ever infor-",
    "med her of the damage, which is well-known by now in all the towns along the well-",
    "known river.",
    "",
    "A second paragraph begins here after a gap, and it is as long as the first one was,",
    "so that it fills more than a line. It ends here.",
    " A third one has its first line indented, as books have it, and goes on for a while",
    "on the line below, where it ends.",
]


def test_lines_are_joined_into_paragraphs() -> None:
    assert block_texts(read_pdf(make_pdf([column(STORY)]))) == [
        "The bridge was opened again on Sunday after three years of work on its foundations. The "
        "information that the mayor gave was that nobody had ever informed her of the damage, "
        "which is well-known by now in all the towns along the well-known river.",
        "A second paragraph begins here after a gap, and it is as long as the first one was, so "
        "that it fills more than a line. It ends here.",
        "A third one has its first line indented, as books have it, and goes on for a while on "
        "the line below, where it ends.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "words", "expected"),
    [
        ("the infor-", "mation desk", {"information"}, "the information desk"),
        ("a long-", "term plan", {"long-term", "longterm"}, "a long-term plan"),
        ("some manip-", "ulation of", set(), "some manipulation of"),
        ("a word-", "smith", {"word", "smith"}, "a word-smith"),
        ("soft\u00ad", "ware", set(), "software"),
        ("Baden-", "Baden is", {"badenbaden"}, "Baden-Baden is"),
        ("in 1914-", "1918 and", set(), "in 1914-1918 and"),
        ("elec‐", "tricity", set(), "electricity"),
        ("a follow‐", "up", {"re‐do", "‐"}, "a follow‐up"),
        ("a follow\u00ad", "up", {"follow-up"}, "a follow-up"),
        ("two words", "and more", set(), "two words and more"),
        ("漢字", "漢字", set(), "漢字漢字"),
    ],
)
def test_hyphen_is_removed_only_if_it_broke_a_word(
    before: str, after: str, words: set[str], expected: str
) -> None:
    assert join_text(before, after, frozenset(words)) == expected


def test_korean_lines_are_joined_as_they_are_drawn() -> None:
    assert join_text("유행단계에 돌입한", "와중에 국내", frozenset(), spaced=True) == (
        "유행단계에 돌입한 와중에 국내"
    )
    assert join_text("과연 질", "병으로 보아야", frozenset()) == "과연 질병으로 보아야"


def make_book(pages: int) -> list[list[tuple[float, float, float, str]]]:
    """Build pages with a running head, a footer and a number; sentences continue across pages."""
    return [
        [
            (72, 750, 9, f"The Daily Post  {number}"),
            *column(
                [
                    f"{'and goes on here' if number > 1 else 'It begins'} on page number {number} "
                    "with words enough to fill a line of it,",
                    "so that nobody can take it for the end of a paragraph or for a heading here",
                ]
            ),
            (72, 40, 9, "Copyright The Daily Post, all rights reserved"),
            (300, 28, 9, f"- {number} -"),
        ]
        for number in range(1, pages + 1)
    ]


def test_running_heads_footers_and_page_numbers_are_removed() -> None:
    text = read_pdf(make_pdf(make_book(5))).text
    assert "Daily Post" not in text
    assert "- 3 -" not in text


def test_sentence_across_pages_has_its_first_page_number() -> None:
    document = read_pdf(make_pdf(make_book(3)))
    assert [block.page for block in document.blocks] == [1]
    assert "for a heading here and goes on here on page number 2" in block_texts(document)[0]


def test_paragraphs_have_page_numbers() -> None:
    pages = [
        column([f"A whole sentence stands on page {number}, and it ends."]) for number in "123"
    ]
    assert [block.page for block in read_pdf(make_pdf(pages)).blocks] == [1, 2, 3]


def test_large_lines_are_title_and_section_headings() -> None:
    page = [
        (72, 740, 24, "The old bridge"),
        *column(STORY[:4], top=700),
        (72, 640, 14, "Opening hours"),
        *column(STORY[5:7], top=610),
    ]
    document = read_pdf(make_pdf([page]))
    assert (document.metadata.title, title_text(document)) == ("The old bridge", "The old bridge")
    assert sections(document) == [None, "Opening hours"]


def test_list_items_share_a_block() -> None:
    lines = [
        "You need for it:",
        "• a bus ticket;",
        "• a map of the town, and a pair of shoes that",
        "fits you;",
        "1) time.",
    ]
    (text,) = block_texts(read_pdf(make_pdf([column([*STORY[:4], "", *lines])])))
    assert text.endswith(
        "\n\nYou need for it:\n\n"
        "• a bus ticket;\n• a map of the town, and a pair of shoes that fits you;\n1) time."
    )


def test_separately_drawn_bullets_join_their_items() -> None:
    items = column(["a bus ticket;", "a map of the town."], top=600, x=90)
    marks = [(78.0, y, size, mark) for (_, y, size, _), mark in zip(items, "••", strict=True)]
    page = [*column([*STORY[:4]]), *items, *column(["A last line ends it."], top=560), *marks]
    (text,) = block_texts(read_pdf(make_pdf([page])))
    assert text.endswith("\n\n• a bus ticket;\n• a map of the town.\n\nA last line ends it.")


def test_separately_drawn_numbers_are_list_marks() -> None:
    items = column(["A lockable compartment", "A good breakfast"], top=600, x=90)
    marks = [(78.0, y, 12.0, str(number)) for number, (_, y, _, _) in enumerate(items, 1)]
    page = [*column(STORY[:4]), *marks, *items, (300, 300, 30.0, "7")]
    document = read_pdf(make_pdf([page], "/Title(On trains)"))
    assert block_texts(document)[1:] == ["1 A lockable compartment\n2 A good breakfast"]
    assert sections(document) == [None, None]


def test_last_item_of_a_page_does_not_join_the_next_page() -> None:
    first = [*STORY[:4], "", f"3. {STORY[0]}"]
    second = ["The chairman put it bluntly, and nobody in the town contradicted him for once."]
    document = read_pdf(make_pdf([column(first), column(second)]))
    assert block_texts(document)[-1] == second[0]


def test_headings_on_two_pages_are_not_join_text() -> None:
    pages = [
        [
            (72, 770, 24, "Night trains"),
            (72, 740, 14, "What passengers want"),
            *column(STORY[:4], top=700),
        ],
        [(72, 740, 14, "What comes next"), *column(STORY[5:7], top=700)],
    ]
    assert sections(read_pdf(make_pdf(pages))) == ["What passengers want", "What comes next"]


def test_one_line_paragraph_ends_before_an_indented_line() -> None:
    lines = [*STORY[:4], "", " Somebody who has seen it", *STORY[7:]]
    assert block_texts(read_pdf(make_pdf([column(lines)])))[1] == "Somebody who has seen it"


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        ("\uf0b7 a bus ticket", "• a bus ticket"),
        ("thirty\u00adthree trains", "thirty-three trains"),
        ("broken elec\u00ad", "broken elec\u00ad"),
    ],
)
def test_misnamed_characters_are_replaced_by_visible_ones(drawn: str, shown: str) -> None:
    rows = [(row, ()) for row in join_rows([TextPiece(drawn, 72, 200, 700, 10)])]
    (line,) = to_lines(rows, 1, 0, 792)
    assert line.text == shown


def test_byline_beats_the_file_metadata_and_is_not_quoted() -> None:
    page = [
        (72, 740, 24, "The old bridge"),
        *column(["By Ann Lee and Tom Baker", "", "5 November 2024"], top=710),
        *column(STORY[:4], top=660),
    ]
    document = read_pdf(make_pdf([page], "/Author(scanner7)/CreationDate(D:20260101101500Z)"))
    assert (document.metadata.author, document.metadata.published) == (
        "Ann Lee and Tom Baker",
        "2024-11-05",
    )
    assert [text[:10] for text in block_texts(document)] == ["The bridge"]


def test_columns_are_read_one_after_the_other() -> None:
    left = column([line[:40] for line in STORY[:3]], x=72)
    right = column([f"and {line[:36]}" for line in STORY[:3]], x=330)
    (text,) = block_texts(read_pdf(make_pdf([[*left, *right]])))
    assert text.index("foundations. The information") < text.index("and The bridge")


def test_footnote_does_not_split_a_paragraph_across_columns() -> None:
    left = [*column(STORY[:3], x=72), (72, 100, 7, "1 See the annual report of the agency.")]
    right = column(["and the known river is long.", "", *STORY[5:7]], x=330)
    texts = block_texts(read_pdf(make_pdf([[*left, *right]])))
    assert texts[0].endswith("along the well- and the known river is long.")
    assert texts[1:] == ["1 See the annual report of the agency.", " ".join(STORY[5:7])]


def test_metadata_is_read_from_the_file() -> None:
    info = "/Title(On bridges)/Author(Jane Doe)/CreationDate(D:20240303101500Z)"
    assert read_pdf(make_pdf([column(STORY)], info, "/Lang(de-AT)")).metadata == ParsedMetadata(
        title="On bridges", author="Jane Doe", published="2024-03-03", language="de"
    )


@pytest.mark.parametrize("title", ["Microsoft Word - a.doc", "report.indd", "untitled", "  ", "1"])
def test_file_name_in_the_metadata_is_not_a_title(title: str) -> None:
    assert read_pdf(make_pdf([column(STORY)], f"/Title({title})")).metadata.title is None


def compressed(operators: bytes) -> bytes:
    """Build a PDF with compressed page content."""
    body = zlib.compress(operators)
    plain = make_pdf([[]], content=b"@")
    stream = b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(body), body)
    return plain.replace(b"<</Length 1>>stream\n@\nendstream", stream)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"hello", "no %PDF-"),
        (b"%PDF-1.4\nnothing", "cannot be read as a PDF"),
        (make_pdf([[], []]), "2 pages contain neither text nor images"),
        (make_pdf([[]] * 3_001), "3,001 pages"),
        (compressed(b"\0" * 50_000_000), "neither text nor images"),
        (compressed(b"q Q " * 500_000), "neither text nor images"),
        (compressed(b"<<" * 100_000), "neither text nor images"),
    ],
)
def test_invalid_files_are_rejected_within_seconds(data: bytes, reason: str) -> None:
    started = time.process_time()
    with pytest.raises(ReadError, match=reason):
        read_pdf(data)
    assert time.process_time() - started < 8


def test_very_long_line_is_one_block() -> None:
    document = read_pdf(make_pdf([[(72, 700, 10, "word " * 100_000)]]))
    assert len(document.blocks) == 1


@few_examples
@given(st.binary(max_size=300).map(lambda data: b"%PDF-1.7\n" + data))
def test_any_bytes_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_pdf, data)


@few_examples
@given(mutations(make_pdf([column(STORY), column(STORY)], "/Title(On bridges)")))
def test_mutated_files_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_pdf, data)


_PLACED = st.tuples(
    st.floats(-100, 700), st.floats(-100, 900), st.floats(0, 80), st.text("ab. -•1", max_size=12)
)


@few_examples
@given(st.lists(st.lists(_PLACED, max_size=8), min_size=1, max_size=3))
def test_text_anywhere_on_the_page_parses(
    pages: list[list[tuple[float, float, float, str]]],
) -> None:
    assert_parses_or_rejects(read_pdf, make_pdf(pages))
