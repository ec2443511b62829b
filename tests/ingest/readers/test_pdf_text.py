"""Tests of the text that PDFs draw in unusual ways: order, spaces, accents, scripts, fonts."""

import base64
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.errors import ReadError
from index.ingest.readers.pdf.legibility import check_text
from index.ingest.readers.pdf.lines import TextPiece
from index.ingest.readers.pdf.process import PdfProcess
from index.ingest.readers.pdf.reader import read_pdf
from index.ingest.readers.pdf.tables import find_table_rows
from tests.ingest.readers.test_pdf import STORY
from tests.support.format_files import (
    PlacedText,
    block_texts,
    column,
    make_drawing,
    make_pdf,
    sections,
)

# A page "The ferry runs on Sundays only.", AES-encrypted: without and with a user password.
AES_WITHOUT_PASSWORD = zlib.decompress(
    base64.b64decode(
        "eNqNVDuIJFUUDcUKNROElzSsgdb7f6AdmJ3pdmV3mGF6P6gM7n2/3paZqqG6Zp0VTJZlwUDYRNwPopgYGoiZqQYiGLiJ"
        "rNGIgZmRgSB6q+bX7BjY3VS/d+uec8897zPYWB2/zF4RxeDg1x9/KhihpPbvFMNhUV6+tZtIuQItbNfTotyAaZoTjgmb"
        "xdJSkarYJfIzgD6vKFfqvaolrCgvzuKcvEVEByRbC1Dxn9CuUJMQelipXEtxBufrfaSg+NWME+M4EpWbaV7vNQFFdQzj"
        "GjH9gJFTxi5alJM93/bTLoiSzsM89fnlhbR9M7WzAEU5qkIdZ9WUlNdm1XI1nx0HOsmHP2yqalHbnMinbJALvVxK1bS9"
        "QSzt3s/bJsFOsfLk0Qc/PP7y+5euyzu/fX7li4P3b1+/ePdy/nDrweO/yk8+/ujZV59curD2/HcHf3xzbfrLw3sv3Pvz"
        "s39+//vu/tvfPnf/jZ+//vTNF999cPDMV6/FO2u3zw26ukfURwr0goKrRKE9RJ9o4QrHG0RyJ5023HG0abbdpoaUkxaq"
        "CE0synUy5FJa5p1j1MekM4uKCkcjmGyzi9Ll7AUDYVJKWlEVBLXUpmA115FKgwB8BJEDpVlTxySLlEmjskGIYwotvEKG"
        "WgmRkxVeZp1lcNJ4YzUwo1JgDGSEZJMKUQEkQOmZWwcMQHphQqRGp2yyEsYg0PoIWClGxqxTynGrfbdQ434TTNp4NFre"
        "a2+Mbnb7qlytw/puqrqkNVIujyZXxYlRgh8v9aTdGZNDgm7SnE7WR2QIxkmbjctWMSaUVixEY6zlzEsRAjdaa+O8iRps"
        "9BC4BYHiuQ0ipgiiMwJpODZDpWPYO80xM+ajEwKy4UxIKiwYJjI2iTSMRyeZ99z5bGSUEJJhSLORmh08Aclr9EgCZunE"
        "bTICkFcmQEuMg7C0sFn3m5QLSkxBjz+KaKWEIpmcxJgi/T+pTmNanokxLs7EBDdnsTjr8xdqSLWQ1zYw205Nv38ns/cS"
        "yis36xqvkMN74PVVvAGGwJwCy6O3wrJgvUQ/rAGXLAfQLi39n5St/rA3t3Zboo/P8byFpu2NYdhTMRiM1sfFv9hQb3k="
    )
)
AES_WITH_PASSWORD = zlib.decompress(
    base64.b64decode(
        "eNqNUzFrFEEUxsowlaiV1TQnIujMzs7M7phLIMndGdGQmNMoSIq53dnLymU37M6FRESCtYWNVbCwEPwBtqKlqCGFAcFY"
        "GRBsLCIWEQLO7N3lDs/C3WV33tvve++b996U5iq1C85FF5S+7m1/BA7EMG3cBeUyQDfWVxREU1LLVtoEaE42VQ6JAcyD"
        "8XGgktACyRChwAE0lbYTDR2ArsZhDu9A1xLh4gDV/SfVJsqUoXYyoRkVxnIyXTMhsLm5Q6AniAmE5lWetrPAiLIRaqnh"
        "FAsH9iNaL0D1dkMXpnUaSZMyVwUeTavWqtJxIAGqJkEaxkkToltxMpHkcc9hJXces6lEG205pH+VgQ7s5ZpKmnoJ+tj+"
        "z3Wm5DL4/fzN6esPm09P7m6OHI5tnPVe7u5/PvX93Fa+c3D77X7r8Y/LL9YORyvvvpw/uDT9YX0v/vRr5NW3bf3+BK3Q"
        "Y1ve2JPjr8XG5qMH93d+jj47Y/N2Q3cV8AEFC5Ca8thXV4tDfFNXSImggntEEFOmuKVVBlFdyySUWQjQLCzjsMF8xqKA"
        "uYQzLpTHmcA8kBGnihq6pAHBIVdC8ChUkeCuEg2GfRwJhX3XlOgmLDMSUiUcN8AylDiI/ID5URRJHDqYOYoRvxFRxRRV"
        "HvMldTjF2Ni8wDjYt4WuFU2s67C7mmjrpeqqnQtUSYPZFZVY0AxEE9X6AulvlPdaVdfLNdgJYI3syOg3bS1TEcDQA7h3"
        "McgZcxmM4JHPYbD4wqTv43TI5xB3yOcSb5hrrAI/kIOyAZzOZNxSWdHHenxPGXloPk3NUeqchysVcxLKnucpapogBXEI"
        "8zGWnggj1WDClRGWbPx/IIvF0GfrKxry3jznWma6KIzHKSiVqrM18AdwEyyc"
    )
)

BODY = [
    "The valley has three mills, and each of them grinds another kind of grain",
    "for the bakers of the town, who buy it by the sack on Saturday mornings.",
    "Rye is ground in the upper mill, where the stream is fast and very cold",
    "even in summer, so that its wheel never stands still for a whole night.",
]
BOLD = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>"
LEFT = [
    "Visitors may climb the tower",
    "on any day but Monday. The",
    "stairs are steep, and there",
    "is no lift.",
]
MIDDLE = [
    "The garden is free for all",
    "who live in the street. The",
    "gate is locked at night, and",
    "dogs stay outside.",
]
RIGHT = [
    "Tickets are sold in the shop",
    "beside the church. They cost",
    "four coins for adults, and",
    "nothing for children.",
]


def draw(*texts: tuple[float, float, str], size: float = 10) -> bytes:
    """Return the operators that draw texts at their places."""
    lines = (f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET" for x, y, text in texts)
    return "\n".join(lines).encode("cp1252")


def rows(*columns: list[str], step: float = 170) -> list[tuple[float, float, float, str]]:
    """Place columns side by side, and draw them row by row."""
    return [
        (60 + step * number, 700 - 12 * row, 10, texts[row])
        for row in range(max(map(len, columns)))
        for number, texts in enumerate(columns)
        if row < len(texts)
    ]


def test_columns_drawn_row_by_row_are_read_in_order() -> None:
    assert block_texts(read_pdf(make_pdf([rows(LEFT, MIDDLE, RIGHT)]))) == [
        " ".join(LEFT),
        " ".join(MIDDLE),
        " ".join(RIGHT),
    ]


def test_two_columns_below_a_heading_are_read_in_order() -> None:
    page = [(60, 730, 20, "Tower and garden"), *rows(LEFT, MIDDLE, step=250)]
    document = read_pdf(make_pdf([page]))
    assert block_texts(document) == [" ".join(LEFT), " ".join(MIDDLE)]


def test_columns_below_a_row_of_two_parts_are_read_in_order() -> None:
    page = [
        (60, 712, 10, "Tower"),
        (400, 712, 10, "and visitors may come on"),
        *rows(LEFT, MIDDLE, RIGHT),
    ]
    left, middle, right = block_texts(read_pdf(make_pdf([page])))
    assert left == "Tower\n" + " ".join(LEFT)
    assert middle == " ".join(MIDDLE)
    assert right == "and visitors may come on " + " ".join(RIGHT)


def cells(table: Sequence[Sequence[str]], lefts: Sequence[float]) -> list[PlacedText]:
    return [
        (x, 600 - 14 * number, 10, text)
        for number, row in enumerate(table)
        for x, text in zip(lefts, row, strict=False)
        if text
    ]


def table_rows(table: Sequence[Sequence[str]], lefts: Sequence[float] = (72, 200, 300)) -> str:
    before, after = column(STORY[:4], top=700), column(STORY[:4], top=400)
    texts = block_texts(read_pdf(make_pdf([[*before, *cells(table, lefts), *after]])))
    joined = "\n\n".join(texts).split("\n\n")
    return "\n\n".join(joined[1:-1])


def test_table_is_written_row_by_row() -> None:
    table = [("Who", "Price", "From"), ("Adults", "7.50", "May"), ("Dogs", "free", "June")]
    assert table_rows(table) == (
        "| Who | Price | From |\n| Adults | 7.50 | May |\n| Dogs | free | June |"
    )


def test_lines_of_a_cell_are_joined() -> None:
    table = [
        ("Who", "Rule"),
        ("Adults", "Pay at the gate of the mill and keep the ticket until"),
        ("", "you leave it."),
        ("Dogs", "Stay outside."),
    ]
    assert table_rows(table) == (
        "| Who | Rule |\n"
        "| Adults | Pay at the gate of the mill and keep the ticket until you leave it. |\n"
        "| Dogs | Stay outside. |"
    )


@pytest.mark.parametrize("marks", [("1.", "2.", "3."), ("!", "!", "!"), ("[1]", "[2]", "[3]")])
def test_marks_far_from_their_items_make_no_table(marks: Sequence[str]) -> None:
    table = zip(marks, ("Lift the bar.", "Turn it.", "Pull."), strict=True)
    assert "|" not in table_rows([*table], (72, 110))


def test_numbered_rules_beside_their_text_make_no_table() -> None:
    table = [
        ("2.1", "The keeper opens the gate at nine."),
        ("2.2", "All carts wait in the yard."),
        ("2.3", "Dogs stay outside of the mill."),
        ("2.3.1", "Cats may come in."),
    ]
    assert table_rows(table, (72, 110)).split("\n") == [" ".join(row) for row in table]


def test_decimals_beside_words_are_a_table() -> None:
    table = [("2.1", "Salt"), ("2.2", "Sugar"), ("7.5", "Flour")]
    assert table_rows(table) == "| 2.1 | Salt |\n| 2.2 | Sugar |\n| 7.5 | Flour |"


def test_a_number_at_the_start_of_a_line_stays_in_its_sentence() -> None:
    lines = ["The mill made much flour, and its revenue was above", "8.8 MEUR in the second year."]
    assert block_texts(read_pdf(make_pdf([column(lines, top=700)]))) == [" ".join(lines)]


@pytest.mark.parametrize("heading", ["Contents", "Inhaltsverzeichnis", "Table des matières"])
def test_tables_of_contents_are_left_out(heading: str) -> None:
    entries = [("Opening hours", "1"), ("Prices of the upper", ""), ("and the lower mill", "1")]
    entries += [("Rules for dogs", "2"), ("History", "7")]
    contents = [(72.0, 740.0, 10, heading), *cells(entries, (72, 400))]
    pages = [contents, [(72, 740, 10, "Opening hours"), *column(STORY, top=700)]]
    text = "\n".join(block_texts(read_pdf(make_pdf(pages))))
    assert "Prices" not in text
    assert "Rules" not in text
    assert STORY[0] in text


def test_a_list_of_what_a_box_contains_is_kept() -> None:
    parts = [("Screws", "4"), ("Bolts", "6"), ("Washers", "12")]
    pages = [[(72.0, 740.0, 10, "Contents"), *cells(parts, (72, 400))], column(STORY, top=700)]
    text = "\n".join(block_texts(read_pdf(make_pdf(pages))))
    assert "Screws" in text
    assert "Washers" in text


def test_a_table_with_rising_numbers_is_kept() -> None:
    table = [("Carts", "1"), ("Dogs", "2"), ("Boats", "3")]
    assert table_rows(table) == "| Carts | 1 |\n| Dogs | 2 |\n| Boats | 3 |"


def test_empty_cells_keep_their_columns() -> None:
    table = [("Who", "Price", "From"), ("Adults", "", "May"), ("", "3.00", "June")]
    assert table_rows(table).endswith("| Adults |  | May |\n|  | 3.00 | June |")


def test_word_spacing_puts_no_space_inside_a_word() -> None:
    first = b"BT /F1 11 Tf 72 760 Td 0.3 Tw (The old theatre is protected by the r) Tj"
    drawn = make_drawing(first + b" 0 Tw (egulation of the town.) Tj ET")
    assert read_pdf(drawn).text == "The old theatre is protected by the regulation of the town."


def test_gaps_between_words_are_spaces() -> None:
    drawn = b"BT /F1 10 Tf 72 700 Td [(The)-300(bell)-280(w)15(arns)-300(the)-300(boats.)] TJ ET"
    assert read_pdf(make_drawing(drawn)).text == "The bell warns the boats."


def test_text_drawn_twice_is_read_once() -> None:
    twice = [(72, 700, 12, "No smoking on deck."), (72.3, 700, 12, "No smoking on deck.")]
    assert read_pdf(make_pdf([twice])).text == "No smoking on deck."


@pytest.mark.parametrize(
    ("base", "accent", "shift", "expected"),
    [("e", "\xb4", 1.5, "caf\xe9s"), ("o", "\xa8", 1.5, "cafös"), ("c", "\xb8", 1.0, "cafçs")],
)
def test_accent_over_a_letter_is_combined_with_it(
    base: str, accent: str, shift: float, expected: str
) -> None:
    drawn = draw((72, 700, "caf"), (72 + 13.3, 700, base), (72 + 13.3 + shift, 700, accent))
    width = 5.0 if base == "c" else 5.56
    drawn += b"\n" + draw((72 + 13.3 + width, 700, "s"))
    assert read_pdf(make_drawing(drawn)).text == expected


def test_accent_behind_its_word_is_combined_with_the_letter() -> None:
    drawn = draw((72, 700, "J"), (77, 700, "egou"), (110, 700, "and"), (78, 700, "\xb4"))
    assert read_pdf(make_drawing(drawn)).text == "Jégou and"


def test_letters_behind_a_late_accent_go_on_with_their_word() -> None:
    words = [
        (72, 700, "L"),
        (78, 700, "asz"),
        (79, 700, "\xb4"),
        (94, 700, "lo"),
        (110, 700, "and"),
    ]
    assert read_pdf(make_drawing(draw(*words))).text == "Lászlo and"


def test_accent_before_its_letter_is_no_space_in_a_word() -> None:
    drawn = draw((72, 700, "J"), (78.5, 700, "\xb4"), (77, 700, "egou"), (110, 700, "and"))
    assert read_pdf(make_drawing(drawn)).text == "Jégou and"


@pytest.mark.parametrize(("code", "letter"), [("d835dc49", "𝑉"), ("d83ddc4d", "👍"), ("0056", "V")])
def test_letters_of_two_codes_are_one_letter(code: str, letter: str) -> None:
    mapping = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> "
        f"endcodespacerange 1 beginbfchar <58> <{code}> endbfchar endcmap end"
    )
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 5 0 R>>"
    drawn = draw((72, 700, "The letter X is old."))
    data = make_drawing(drawn, {"F1": font}, stream=mapping.encode())
    assert read_pdf(data).text == f"The letter {letter} is old."


def test_unmapped_tex_ligatures_are_letters() -> None:
    font = (
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding"
        "<</Type/Encoding/BaseEncoding/WinAnsiEncoding/Differences[28/unknown28]>>>>"
    )
    drawn = draw((72, 700, "The sign is "), (140, 700, "signi")).replace(
        b"(signi)", b"(signi\\034cant)"
    )
    assert "significant" in read_pdf(make_drawing(drawn, {"F1": font})).text


SCRIPTS = [
    (72, 700, 10, "It holds 3 x 10"),
    (134.5, 704, 7, "6"),
    (141.5, 700, 10, "litres of H"),
    (184, 698, 7, "2"),
    (188.2, 700, 10, "O in all."),
]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 2, 4, 1, 3)])
def test_superscripts_and_subscripts_keep_their_meaning(order: tuple[int, ...]) -> None:
    page = [SCRIPTS[number] for number in order]
    assert read_pdf(make_pdf([page])).text == "It holds 3 x 10⁶ litres of H₂O in all."


def test_number_of_a_footnote_is_left_out() -> None:
    page = [(72, 700, 10, "The mill is closed."), (152, 704, 6, "12"), *column(BODY, top=688)]
    assert block_texts(read_pdf(make_pdf([page])))[0] == "The mill is closed."


def test_stamp_along_the_margin_is_left_out() -> None:
    stamp = b"BT /F1 10 Tf 0 1 -1 0 30 300 Tm (Draft of 5 May) Tj ET\n"
    drawn = draw(*((72, 700 - 12 * number, line) for number, line in enumerate(BODY)))
    assert read_pdf(make_drawing(stamp + drawn)).text == " ".join(BODY)


def test_sideways_page_is_read() -> None:
    lines = (
        f"BT /F1 10 Tf 0 1 -1 0 {100 + 12 * number} 72 Tm ({line}) Tj ET"
        for number, line in enumerate(BODY)
    )
    assert read_pdf(make_drawing("\n".join(lines).encode())).text == " ".join(BODY)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_page_that_is_shown_on_its_side_is_read_in_order(rotation: int) -> None:
    drawn = draw(*((72, 700 - 12 * number, line) for number, line in enumerate(BODY)))
    page = make_drawing(drawn, entries=f"/Rotate {rotation}")
    assert read_pdf(page).text == " ".join(BODY)


@pytest.mark.parametrize(
    ("left", "ten"),  # edges of the numbers from 1 and from 10 on
    [(50, 45.5), (50, 50), (570, 565.5), (570, 570)],
)
@pytest.mark.parametrize("is_drawn_last", [False, True])
def test_line_numbers_are_left_out(left: float, ten: float, is_drawn_last: bool) -> None:
    lines = column(BODY * 3)
    numbers: list[PlacedText] = [
        (left if n < 10 else ten, y, 8, str(n)) for n, (_, y, _, _) in enumerate(lines, 1)
    ]
    page = [item for pair in zip(numbers, lines, strict=True) for item in pair]
    drawn = [*lines, *numbers] if is_drawn_last else page
    assert read_pdf(make_pdf([[*drawn, (300, 40, 8, "7")]])).text == " ".join(BODY * 3)


def test_line_numbers_of_a_galley_are_left_out() -> None:
    lines = column(BODY * 2)
    marks = [*map(str, range(1, len(lines) - 1)), f"{len(lines) - 1}S", f"{len(lines)}R"]
    numbers = [(50, y, 8, mark) for mark, (_, y, _, _) in zip(marks, lines, strict=True)]
    assert read_pdf(make_pdf([[*lines, *numbers]])).text == " ".join(BODY * 2)


@pytest.mark.parametrize("drawn_at", [100, 126])
def test_page_numbers_leave_no_gap_in_a_sentence(drawn_at: int) -> None:
    first, second = (
        [*BODY, "None of them was ever closed for longer than a single night, and nobody has"],
        [
            "seen their wheels stand still in the middle of the day, or on a Sunday.",
            *BODY,
        ],
    )
    pages = [
        [*column(lines, top=300), (300, drawn_at, 10, str(number))]
        for number, lines in ((7, first), (8, second))
    ]
    text = read_pdf(make_pdf(pages)).text
    assert "and nobody has seen their wheels" in text
    assert "7" not in text
    assert "8" not in text


def test_footnote_drawn_first_leaves_no_gap_in_a_sentence() -> None:
    first = [*column(BODY[:3], top=400), (72, 90, 7, "1 So the miller says.")]
    second = [
        (72, 90, 7, "2 Nobody else says so."),
        *column(["even in summer, and in", "the night."]),
    ]
    texts = block_texts(read_pdf(make_pdf([first, second])))
    assert texts[0] == " ".join([*BODY[:3], "even in summer, and in the night."])
    assert texts[1:] == ["1 So the miller says.", "2 Nobody else says so."]


def test_caption_leaves_no_gap_in_a_sentence() -> None:
    left = [*column([*BODY[:3], "", "Figure 1: The upper mill."], x=72)]
    right = column(["even in summer, and", "in the night."], x=430)
    texts = block_texts(read_pdf(make_pdf([[*left, *right]])))
    assert texts == [
        " ".join([*BODY[:3], "even in summer, and in the night."]),
        "Figure 1: The upper mill.",
    ]


@pytest.mark.parametrize(
    ("font", "mark"),
    [("Wingdings-Regular", b"n"), ("ABCDEE+Wingdings2", b"\xa7"), ("Webdings", b"=")],
)
def test_letters_of_a_symbol_font_are_bullets(font: str, mark: bytes) -> None:
    drawn = draw(*((72, 700 - 12 * number, line) for number, line in enumerate(BODY)))
    drawn += b"\n" + draw((90, 600, "a bus ticket;"), (90, 588, "a map of the town."))
    bullet = b"\nBT /F2 10 Tf 1 0 0 1 78 %d Tm (%s) Tj ET"
    drawn += b"".join(bullet % (y, mark) for y in (600, 588))
    symbols = f"<</Type/Font/Subtype/TrueType/BaseFont/{font}/Encoding/WinAnsiEncoding>>"
    document = read_pdf(make_drawing(drawn, {"F2": symbols}))
    assert block_texts(document)[-1].endswith("• a bus ticket;\n• a map of the town.")


def test_signs_of_a_symbol_font_are_read_as_drawn() -> None:
    mapping = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> "
        "endcodespacerange 3 beginbfchar <61> <f0b3> <62> <f0e0> <63> <f8f6> endbfchar endcmap end"
    )
    drawn = draw((72, 700, "Press and wait if it is"), (200, 700, "9"))
    signs = b"\nBT /F2 10 Tf 1 0 0 1 %d 700 Tm (%s) Tj ET"
    drawn += signs % (220, b"a") + signs % (240, b"c")
    font = "<</Type/Font/Subtype/TrueType/BaseFont/%s/ToUnicode 5 0 R>>"
    fonts = {"F2": font % "ABCDEE+SymbolMT"}
    data = make_drawing(drawn, fonts, stream=mapping.encode())
    assert read_pdf(data).text == "Press and wait if it is 9 ≥ ⎞"
    arrow = (
        draw((72, 700, "Choose File")) + signs % (140, b"b") + b"\n" + draw((160, 700, "Print."))
    )
    data = make_drawing(arrow, {"F2": font % "Wingdings-Regular"}, stream=mapping.encode())
    assert read_pdf(data).text == "Choose File → Print."


@pytest.mark.parametrize(
    ("font", "is_heading"),
    [
        ("ABCDEE+AGaramondPro-Regular", False),
        ("TimesNewRomanPSMT", False),
        ("ABCDEE+MyriadBd", True),
        ("LinLibertineTB", True),
        ("NimbusRomNo9L-MediItal", True),
    ],
)
def test_name_of_a_font_says_whether_it_is_bold(font: str, is_heading: bool) -> None:
    stems = "/FontDescriptor<</Type/FontDescriptor/FontName/%s/Flags 32/StemV 200>>"
    fonts = {
        "F1": "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>",
        "F2": f"<</Type/Font/Subtype/TrueType/BaseFont/{font}{stems % font}>>",
    }
    first = b"BT /F2 10 Tf 72 720 Td (The mills of the valley) Tj ET\n"
    lines = draw(*((72, 700 - 12 * number, line) for number, line in enumerate(BODY)))
    document = read_pdf(make_drawing(first + lines, fonts))
    assert ("The mills of the valley" in sections(document)) == is_heading


def test_run_in_heading_stays_in_its_sentence() -> None:
    drawn = draw(*((72, 700 - 12 * number, line) for number, line in enumerate(BODY)))
    heading = b"\nBT /F2 10 Tf 72 640 Td (Prices of the upper and the lower mill.) Tj /F1 10 Tf "
    rest = b"( Flour costs no more than) Tj ET\n" + draw((72, 628, "four coins a sack."))
    document = read_pdf(make_drawing(drawn + heading + rest, {"F2": BOLD}))
    assert block_texts(document)[1] == (
        "Prices of the upper and the lower mill. Flour costs no more than four coins a sack."
    )
    assert sections(document) == [None, None]


def test_bold_words_at_the_end_of_a_line_stay_in_their_sentence() -> None:
    line = "for the bakers of the town, who call their meal of rye "
    drawn = (
        f"BT /F1 10 Tf 72 700 Td ({BODY[0]}) Tj 0 -12 Td ({line}) Tj /F2 10 Tf (Grey) Tj "
        "/F1 10 Tf 0 -12 Td (Grain of the valley.) Tj ET"
    )
    document = read_pdf(make_drawing(drawn.encode(), {"F2": BOLD}))
    assert document.text == f"{BODY[0]} {line}Grey Grain of the valley."


def test_title_of_two_lines_is_one_title() -> None:
    page = [
        (80, 740, 18, "How the River Changed Its Bed in the Year"),
        (230, 718, 18, "of the Flood"),
        *column(BODY, top=680),
    ]
    document = read_pdf(make_pdf([page]))
    assert document.metadata.title == "How the River Changed Its Bed in the Year of the Flood"
    assert sections(document) == [None]


def test_lines_aligned_at_the_right_are_one_paragraph() -> None:
    courier = "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"
    lines = [
        "The ferry stops at the old pier of the upper town,",
        "Where the road to the Three Mills ends,",
        "Near the garden of the Duchess.",
    ]
    placed = ((500 - 6 * len(line), 600 - 12 * n, line) for n, line in enumerate(lines))
    drawn = draw((72, 700, BODY[0]), *placed)
    assert len(block_texts(read_pdf(make_drawing(drawn, {"F1": courier})))) == 2


def test_page_aligned_at_the_right_keeps_its_paragraphs() -> None:
    courier = "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>"
    lines = [
        "So when the dark end of the month came round, they went out to",
        "The Bog, wrapped from head to foot, and looked for",
        "Anna, the youngest of all the sisters that they ever had.",
    ]
    placed = [(560 - 6 * len(line), 700 - 12 * n, line) for n, line in enumerate(lines)]
    drawn = draw(*placed, *((x, y - 60, text) for x, y, text in placed))
    document = read_pdf(make_drawing(drawn, {"F1": courier}))
    assert block_texts(document) == [" ".join(lines), " ".join(lines)]


def test_fraction_stays_apart_from_its_number() -> None:
    drawn = draw((72, 700, "The rate is 48")) + b"\n"
    small = draw((136, 703, "1"), size=6) + b"\n" + draw((139.6, 700, "/")) + b"\n"
    rest = draw((142.6, 700, "2"), size=6) + b"\n" + draw((149, 700, "cents a mile."))
    assert read_pdf(make_drawing(drawn + small + rest)).text == "The rate is 48 1/2 cents a mile."


def test_lines_that_turn_back_are_not_mixed() -> None:
    page = [item for n in range(6) for item in ((72, 700 - 9 * n, 10, BODY[n % 4]),)]
    texts = block_texts(read_pdf(make_pdf([page])))
    assert " ".join(texts).startswith(f"{BODY[0]} {BODY[1]}")


def test_broken_words_are_joined() -> None:
    lines = [
        "The keeper of the lighthouse wrote down every ship that he saw with confi-",
        "dence, and only in the thick fog of that autumn did he make a mistake. He re-",
        "trieved his telescope from the sea with the help of two boys, and the mur-",
        "ders that the newspaper had promised its readers were simply never commit-",
        "ted. Simulta-",
        "neously the harbour was closed for the long-",
        "term guests, and for the pre-",
        "and post-war ships with-",
        "out masts.",
    ]
    text = read_pdf(make_pdf([column(lines)])).text
    expected = ["confidence", "retrieved", "murders", "committed", "Simultaneously", "long-term"]
    assert [word for word in expected if word not in text] == []
    assert "the pre- and post-war ships without masts" in text


def test_aes_file_without_a_password_is_read() -> None:
    assert read_pdf(AES_WITHOUT_PASSWORD).text == "The ferry runs on Sundays only."


def test_file_with_a_password_is_refused() -> None:
    with pytest.raises(ReadError, match="encrypted; expected a PDF without a password"):
        read_pdf(AES_WITH_PASSWORD)


def test_scanned_page_is_refused_as_such() -> None:
    image = b"q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q"
    with pytest.raises(ReadError, match="its only page contains no text, only images, as from"):
        read_pdf(make_drawing(image))


def test_scanned_page_with_a_stamp_is_refused_as_such() -> None:
    image = b"q 600 0 0 780 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q\n"
    with pytest.raises(ReadError, match="no text, only images, as from a scanner"):
        read_pdf(make_drawing(image + draw((72, 20, "Scanned with the app of Reed"))))


def annotation(entries: str) -> str:
    return f"/Annots[<</Type/Annot/Rect[72 600 300 620]{entries}>>]"


FIELD = annotation("/Subtype/Widget/FT/Tx/T(name)/V(Mira Holt lives here)")
COMMENT = annotation("/Subtype/Text/Contents(Is this true?)")


@pytest.mark.parametrize("entries", [FIELD, COMMENT])
def test_page_with_fields_or_comments_only_is_refused_as_such(entries: str) -> None:
    with pytest.raises(ReadError, match="contains text only in form fields or comments; print"):
        read_pdf(make_drawing(b"", entries=entries))


def test_filled_in_fields_are_noted() -> None:
    document = read_pdf(make_drawing(draw((72, 700, "Your name and address:")), entries=FIELD))
    assert document.notes == (
        "text in form fields (1) is not read; print the document to a new PDF to include it",
    )
    assert read_pdf(make_drawing(draw((72, 700, "Your name:")), entries=COMMENT)).notes == ()


def test_scanned_pages_among_others_are_noted() -> None:
    image = b"q 600 0 0 780 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q\n"
    document = read_pdf(make_pdf([[], column(BODY)], content=image))
    assert document.notes[0].startswith("1 of 2 pages are images without text, as from a scanner")


def test_glyph_names_without_letters_are_refused() -> None:
    names = "".join(f"/g{code}" for code in range(132, 158))
    font = (
        "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+Calibri/Encoding"
        f"<</Type/Encoding/Differences[97{names}]>>>>"
    )
    drawn = draw((72, 700, "gur zvyy vf bcra va gur zbeavat naq pybfrq ng avtug"))
    with pytest.raises(ReadError, match="fonts do not say which letters they draw"):
        read_pdf(make_drawing(drawn, {"F1": font}))


def shifted(text: str, step: int) -> str:
    return " ".join("".join(chr(ord(c) + step) for c in word) for word in text.split())


def shifted_letters(text: str, step: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return text.lower().translate(str.maketrans(letters, letters[step:] + letters[:step]))


LONG = " ".join(BODY * 2)
RUSSIAN = "Нижний шлюз канала течёт с весны, и совет не хочет платить за него. Сторож считает. "
CHINESE = "河道的下闸自春天以来一直漏水议会不想为此付钱守门人每小时数八十升比以往任何一年都多" * 4
GARBLED = {
    "one letter further": shifted_letters(LONG.lower(), 1),
    "letters at random": shifted_letters(LONG.lower(), 7),
    "Cyrillic as Latin": (RUSSIAN * 4).encode("cp1251").decode("latin-1"),
    "Vietnamese as Latin": "Cöa kªnh ®µo bÞ rß rØ tõ mïa xu©n vµ héi ®ång kh«ng muèn tr¶ tiÒn. "
    * 4,
    "control characters": "".join(chr(1 + ord(char) % 30) for char in LONG),
    "Chinese characters at random": "".join(chr(0x4E00 + ord(c) * 97 % 3_000) for c in LONG),
    "most of the pages": LONG + " " + shifted_letters(" ".join(BODY * 8), 3),
    "shifted": shifted(LONG.lower(), -29),
    "shifted letters": LONG.lower().translate(
        str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
    ),
    "mojibake": LONG.replace("e", "\u00e9").encode().decode("cp1252"),
    "several scripts": LONG.translate(str.maketrans("aeiot", "\u03c5\u0561\u0454\u05d0\u0636")),
    "glyph names": " ".join(f"/g{number}/g{number + 3}" for number in range(100, 160)),
}


@pytest.mark.parametrize("kind", GARBLED)
def test_garbled_text_is_refused(kind: str) -> None:
    with pytest.raises(ReadError, match="fonts do not say which letters they draw"):
        check_text(GARBLED[kind])


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        RUSSIAN * 4,
        CHINESE,
        LONG.upper(),
        "Cửa kênh đào bị rò rỉ từ mùa xuân và hội đồng không muốn trả tiền cho việc đó. " * 4,
        "Mlango wa chini wa mfereji umekuwa ukivuja tangu majira ya kuchipua na baraza. " * 4,
        "Giriş kapısı ilkbahardan beri su kaçırıyor ve meclis bunun için ödemek istemiyor. " * 4,
        "KMA LILYS SLTD ALMND CHOC 0085648100305 CNTRL DRK CRMLZD " * 10,
        "text35 text36 text37 " * 30,
        "Czwarty pszczelarz zgłosił przyrząd do gry na scenie pod Łodzią w deszczowy dzień. " * 5,
        "Strč prst skrz krk, vlk zmrzl, zhltl hrst zrn a čtvrt smršť krt hlt. " * 3 + LONG,
        "x = 3 + (4 * 5) - 2; y = [1, 2, 3]; z = {a: b}; print(x, y, z) " * 10,
        "\u6f22\u5b57\u3068\u304b\u306a \u30ab\u30bf\u30ab\u30ca " * 30,
    ],
)
def test_unusual_text_is_accepted(text: str) -> None:
    check_text(text)


def test_file_that_takes_too_long_ends_the_worker_only() -> None:
    process = PdfProcess()
    found: list[dict[str, Any]] = []
    pages = make_pdf([[(72, 700, 10, "word " * 200_000)]])
    with pytest.raises(ReadError, match="takes over 0 seconds; split the file"):
        process.read(pages, found.append, max_seconds=0.01)
    process.read(make_pdf([column(BODY)]), found.append)
    assert len(found) == 1
    process.close()


def test_file_that_crashes_the_worker_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing = tmp_path / "worker.py"
    crashing.write_text("import os, sys; sys.stdin.buffer.read(8); os.abort()", "utf-8")
    process = PdfProcess(crashing)
    found: list[dict[str, Any]] = []
    with pytest.raises(ReadError, match="PDFium crashed"):
        process.read(b"%PDF-", found.append)


def test_many_threads_can_read_at_once() -> None:
    texts: list[str] = []
    data = make_pdf([column(BODY)] * 5)
    threads = [threading.Thread(target=lambda: texts.append(read_pdf(data).text)) for _ in "12345"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 5
    assert len({*texts}) == 1


def test_endless_paragraph_takes_no_minutes() -> None:
    started = time.process_time()
    read_pdf(make_pdf([column(["word and word or word"] * 40)] * 250))
    assert time.process_time() - started < 8


def test_page_of_many_cells_takes_no_minutes() -> None:
    cells = [(x * 12.0, y * 0.8, 1.0, "ab") for y in range(900) for x in range(40)]
    started = time.process_time()
    read_pdf(make_pdf([cells]))
    assert time.process_time() - started < 8


def test_many_rows_of_marks_take_no_long_time() -> None:
    rows = [
        [TextPiece("1.", 10 + 30 * n, 20 + 30 * n, 9_000 - 9 * row, 8) for n in range(30)]
        for row in range(1_000)
    ]
    started = time.process_time()
    assert all(not found.cells for found in find_table_rows(rows))
    assert time.process_time() - started < 20
