"""Tests of the paragraphs of PDFs that a table, a caption or a wide line spacing interrupts."""

from collections.abc import Sequence

import pytest

from index.ingest.readers.pdf.reader import read_pdf
from tests.support.format_files import PlacedText, block_texts, column, make_pdf

BEFORE = [
    "The valley has three mills, and each of them grinds another kind of grain",
    "for the bakers of the town, who buy it by the sack on Saturday mornings.",
    "Rye is ground in the upper mill, where the stream is fast and never slows",
]
AFTER = [
    "down in summer, so that its wheel turns all night long and every day, and",
    "nobody can sleep in the house that stands beside it.",
]
TABLE = "| Mill | Grain | Sacks |\n| Upper | Rye | 40 |\n| Lower | Wheat | 55 |"
CAPTION = "Table 2: Sacks in a week"


def table(top: float) -> list[PlacedText]:
    rows = [("Mill", "Grain", "Sacks"), ("Upper", "Rye", "40"), ("Lower", "Wheat", "55")]
    return [
        (left, top - 12 * number, 10, text)
        for number, row in enumerate(rows)
        for left, text in zip((72, 180, 300), row, strict=True)
    ]


def texts(pages: Sequence[Sequence[PlacedText]]) -> list[str]:
    return block_texts(read_pdf(make_pdf(pages)))


def test_table_on_the_page_leaves_no_gap_in_a_sentence() -> None:
    caption = column([CAPTION], top=630)
    page = [*column(BEFORE), *caption, *table(610), *column(AFTER, top=550)]
    assert texts([page]) == [" ".join(BEFORE + AFTER), f"{CAPTION}\n\n{TABLE}"]


def test_table_at_the_top_of_a_page_leaves_no_gap_in_a_sentence() -> None:
    second = [*table(700), *column([CAPTION], top=630), *column(AFTER, top=600)]
    found = texts([column(BEFORE, top=300), second])
    assert found == [" ".join(BEFORE + AFTER), f"{TABLE}\n\n{CAPTION}"]


def test_sentence_after_a_table_stays_there() -> None:
    after = ["Down in summer, it is slow.", *AFTER]
    second = [*table(700), *column(after, top=620)]
    assert texts([column(BEFORE, top=300), second])[0] == " ".join(BEFORE)


def test_text_below_a_table_at_the_end_of_a_page_stays_apart() -> None:
    after = ["Greta can sleep in the house that stands beside the lower mill, and never", *AFTER]
    found = texts([[*column(BEFORE, top=300), *table(200)], column(after)])
    assert found == [f"{' '.join(BEFORE)}\n\n{TABLE}", " ".join(after)]


def test_second_line_of_a_caption_stays_with_it() -> None:
    caption = column(
        [f"{CAPTION}, as counted by all the millers of the valley and", "the bakers."], top=630
    )
    assert texts([[*column(BEFORE), *caption]])[0] == " ".join(BEFORE)


@pytest.mark.parametrize("step", [12, 19, 24])
def test_pages_have_line_spacings_of_their_own(step: float) -> None:
    close = [*BEFORE, *AFTER] * 4
    wide = [*BEFORE[:2], *AFTER[:1], *BEFORE, *AFTER[:1], *BEFORE, *AFTER]
    second = [(72, 640 - step * number, 10, line) for number, line in enumerate(wide)]
    assert texts([column(close), column(close), second])[-1] == " ".join(wide)


def test_sizes_that_text_recognition_measures_tear_no_paragraph() -> None:
    sizes = [9.6, 10.8, 10, 9.2, 10.6, 10.1]
    lines = [
        (72, 600 - 12 * number, size, line)
        for number, (size, line) in enumerate(zip(sizes, [*BEFORE, *AFTER, *AFTER], strict=False))
    ]
    heading = (72, 640, 16, "The mills of the valley")
    document = read_pdf(make_pdf([[heading, *lines]], content=b"3 Tr\n"))
    assert block_texts(document) == [" ".join([*BEFORE, *AFTER, AFTER[0]])]
    assert document.metadata.title == "The mills of the valley"


def test_recognized_text_in_a_tiny_font_is_read() -> None:
    lines = [(72, 600 - 12 * number, 0.04, line) for number, line in enumerate(BEFORE)]
    document = read_pdf(make_pdf([lines], content=b"3 Tr\n"))
    assert document.text.split() == " ".join(BEFORE).split()
