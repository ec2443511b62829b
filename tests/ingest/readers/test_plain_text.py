import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.plain_text.reader import read_text
from tests.support.articles import read_file
from tests.support.format_files import assert_valid, block_texts, sections, title_text

SEEDS = Path(__file__).parents[3] / "seeds"
NEWS = "000_3ae1e327b51f9f9d.txt"
PROSE = (
    "The committee said on Tuesday that the bridge would be closed until the end of the year, and "
    "that traffic would go through the old town in the meantime."
)
MORE = "Nobody could say on Wednesday what that would cost."
COORDINATES = ["38.907192-77.036871", "(38.9072, -77.0368)", "38.9072° N, 77.0368° W"]
STAMPS = ["Friday, March 1, 2024 5:30 PM", "2024-03-01T17:30:00Z"]


def text_of(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"


# --- the sample news article --------------------------------------------------------------------


def test_news_article_has_publisher_and_headline() -> None:
    news = read_file(SEEDS / NEWS, SEEDS)
    title = (
        "ISIS Will Claim Victory, Likely Regain Territory in Syria After U.S. Withdraw,"
        " Pentagon Says"
    )
    assert news.metadata.publisher == "KTLA"
    assert news.metadata.title == title
    assert news.heading
    assert news.text[news.heading.start : news.heading.end] == title


def test_news_caption_and_coordinates_are_not_quoted() -> None:
    news = read_file(SEEDS / NEWS, SEEDS)
    texts = [news.text[block.start : block.end] for block in news.blocks]
    assert len(texts) == 11
    assert not any("Getty Images" in text or "38.907192" in text for text in texts)


def test_news_article_text_is_unchanged() -> None:
    news = read_file(SEEDS / NEWS, SEEDS)
    assert news.text.encode() == (SEEDS / NEWS).read_bytes()


# --- the head of a file -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "1973 oil crisis",
        "0",
        "1984",
        "Who's on First?",
        "I'm going to Disney World!",
        "Manchester United F.C.",
        "Monsters, Inc.",
        "Once Upon a Time...",
        "Trolls: The Beat Goes On!",
        "DELTA GROUP YEAR TO JAN 3.",
        "石油危机",
        "A - B",
        "How We Met.",
    ],
)
@pytest.mark.parametrize("rest", [[PROSE], [PROSE, MORE], [PROSE, MORE, "And so on"]])
def test_first_line_is_the_title_and_the_rest_paragraphs(title: str, rest: list[str]) -> None:
    document = read_text(text_of(title, *rest))
    assert document.metadata == ParsedMetadata(title=title)
    assert title_text(document) == title
    assert block_texts(document) == rest


@pytest.mark.parametrize(
    ("publisher", "headline"),
    [
        ("CNN", "Storm hits the coast, five are missing"),
        ("The New York Times", "Storm hits the coast, five are missing"),
        ("example.com", "Storm hits the coast, five are missing"),
        ("Le Monde", "La tempête frappe la côte, cinq disparus"),
        ("Channel Five", "Storm Hits the Coast, Leaves Five People Missing"),
        ("FOX31", "Is the Storm Over Yet?"),
    ],
)
def test_publisher_above_the_headline_is_recognized(publisher: str, headline: str) -> None:
    document = read_text(text_of(publisher, headline, PROSE, MORE))
    assert document.metadata == ParsedMetadata(title=headline, publisher=publisher)
    assert block_texts(document) == [PROSE, MORE]


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["Bridges", "A short history of the town's bridges", PROSE],
        ["NASA", "A space agency of the United States", "NASA is an agency. " * 8],
        ["CNN", "Storm hits the coast, five are missing", "Short", "Shorter"],
        ["Shopping", "Things To Buy In The Old Town", "Buy shopping bags. " * 8],
    ],
)
def test_short_title_is_not_mistaken_for_a_publisher(paragraphs: list[str]) -> None:
    document = read_text(text_of(*paragraphs))
    assert document.metadata == ParsedMetadata(title=paragraphs[0])
    assert block_texts(document) == [text.strip() for text in paragraphs[1:]]


def test_bylines_and_dates_become_metadata() -> None:
    document = read_text(
        text_of(
            "CNN", "Storm Hits the Coast Again", "By Jane Doe, CNN", "Updated 3 March 2024", PROSE
        )
    )
    assert document.metadata == ParsedMetadata(
        title="Storm Hits the Coast Again",
        publisher="CNN",
        author="Jane Doe, CNN",
        published="2024-03-03",
    )
    assert block_texts(document) == [PROSE]


def test_author_and_date_may_share_a_line() -> None:
    document = read_text(text_of("The bridge", "By Jane Doe | March 3rd, 2024", PROSE))
    assert (document.metadata.author, document.metadata.published) == ("Jane Doe", "2024-03-03")


@pytest.mark.parametrize("line", ["By 1990 it was gone.", "By far the best", "Published works"])
def test_prose_that_starts_like_a_byline_is_quoted(line: str) -> None:
    assert block_texts(read_text(text_of("The bridge", line, PROSE))) == [line, PROSE]


def test_file_that_starts_with_prose_has_no_title() -> None:
    document = read_text(text_of(PROSE, MORE))
    assert document.metadata == ParsedMetadata()
    assert document.heading is None
    assert block_texts(document) == [PROSE, MORE]


@pytest.mark.parametrize("only", [PROSE, "A title and nothing else", "38.907192-77.036871", "2024"])
def test_only_paragraph_is_quoted(only: str) -> None:
    document = read_text(only)
    assert document.metadata == ParsedMetadata()
    assert block_texts(document) == [only]


@pytest.mark.parametrize("underline", ["=====", "---", "*****"])
def test_underlined_first_line_is_the_title(underline: str) -> None:
    document = read_text(f"The bridge\n{underline}\n{PROSE}\n\n{MORE}")
    assert document.metadata.title == "The bridge"
    assert block_texts(document) == [PROSE, MORE]


# --- paragraphs ---------------------------------------------------------------------------------


def test_stanzas_are_paragraphs() -> None:
    stanza = "Roses are red,\nviolets are blue"
    document = read_text(text_of("A poem", stanza, stanza))
    assert block_texts(document) == [stanza, stanza]


def test_first_stanza_is_not_a_title() -> None:
    stanza = "Roses are red,\nviolets are blue"
    assert block_texts(read_text(text_of(stanza, stanza))) == [stanza, stanza]


def test_first_line_of_a_dialogue_is_not_a_title() -> None:
    lines = ["– Hello.", "– Who is there?", "– " + PROSE]
    assert block_texts(read_text(text_of(*lines))) == lines


def test_chinese_text_without_spaces_has_paragraphs() -> None:
    one, two = "1973年10月6日，叙利亚和埃及发动突然袭击。" * 3, "这次行动释放了压力。"
    document = read_text(text_of("石油危机", one, two))
    assert (document.metadata.title, block_texts(document)) == ("石油危机", [one, two])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_separates_paragraphs(end: str) -> None:
    text = f"The bridge{end}{end}{PROSE}{end} \t{end}{end}{MORE}{end}and more{end}"
    document = read_text(text)
    assert document.text == text
    assert block_texts(document) == [PROSE, f"{MORE}{end}and more"]


def test_single_line_end_does_not_split_a_paragraph() -> None:
    assert block_texts(read_text(text_of("The bridge", "One\r\ntwo"))) == ["One\r\ntwo"]


def test_without_blank_lines_long_lines_are_paragraphs() -> None:
    document = read_text(f"The bridge\n{PROSE}\n{PROSE}\n{MORE}\n{PROSE}")
    assert document.metadata.title == "The bridge"
    assert block_texts(document) == [PROSE, PROSE, MORE, PROSE]


def test_without_blank_lines_wrapped_lines_are_joined() -> None:
    wrapped = "The committee said\non Tuesday that the\nbridge would close."
    assert block_texts(read_text(wrapped)) == [wrapped]


@pytest.mark.parametrize(
    "caption",
    [
        "A bridge in the old town. (Credit: JANE DOE/AFP/Getty Images)",
        "A bridge. (Photo by Jane Doe)",
        "FILE - A bridge in 2019. (AP Photo/Jane Doe, File)",
        "A bridge (Jane Doe/Reuters)",
        "Photo: Jane Doe",
        "Image credit: Jane Doe / The Daily Sea",
        "The old bridge in May. Photograph: Jane Doe/EPA",
    ],
)
def test_photo_captions_are_not_quoted(caption: str) -> None:
    assert block_texts(read_text(text_of("The bridge", PROSE, caption, MORE))) == [PROSE, MORE]


@pytest.mark.parametrize(
    "text",
    [
        "A first course in chemistry. (Credit: 3 hours)",
        "She took a picture of it (it was the last one).",
        "Images of the bridge are rare.",
        "The agency (AP) said so.",
        PROSE * 4 + " (Photo by Jane Doe)",
    ],
)
def test_prose_that_only_mentions_pictures_is_quoted(text: str) -> None:
    assert block_texts(read_text(text_of("The bridge", PROSE, text, MORE))) == [PROSE, text, MORE]


@pytest.mark.parametrize(
    "tail",
    [*COORDINATES, "https://example.org/x", "3 March 2024", "- 12 -", "* * *", "—", *STAMPS],
)
def test_last_line_that_is_not_prose_is_not_quoted(tail: str) -> None:
    assert block_texts(read_text(text_of("The bridge", PROSE, tail))) == [PROSE]


@pytest.mark.parametrize(
    ("question", "answer"), [("When was it built?", "1969"), ("Read on at:", "https://example.org")]
)
def test_number_or_link_is_quoted_with_its_question(question: str, answer: str) -> None:
    document = read_text(text_of("The bridge", PROSE, question, answer))
    assert block_texts(document) == [PROSE, f"{question}\n\n{answer}"]


@pytest.mark.parametrize(
    ("label", "value"),
    [("Price", "69.32"), ("Height in metres", "112"), ("Call us on", "+1 555 0100")],
)
def test_number_is_quoted_after_its_label(label: str, value: str) -> None:
    document = read_text(text_of("The bridge", PROSE, label, value))
    assert block_texts(document) == [PROSE, label, value]


def test_number_between_paragraphs_is_quoted() -> None:
    assert block_texts(read_text(text_of("The bridge", PROSE, "1969", MORE))) == [
        PROSE,
        "1969",
        MORE,
    ]


# --- plain text with front matter ---------------------------------------------------------------


def test_front_matter_overrides_the_text_and_is_not_quoted() -> None:
    text = "---\ntitle: My title\npublisher: Me\n---\n" + text_of("A line", PROSE)
    document = read_text(text)
    assert document.metadata == ParsedMetadata(title="My title", publisher="Me")
    assert document.text == text
    assert block_texts(document) == ["A line", PROSE]


def test_title_repeated_after_front_matter_is_the_heading() -> None:
    document = read_text(
        "---\ntitle: The bridge\n---\n" + text_of("The Bridge", "By Jane Doe", PROSE)
    )
    assert title_text(document) == "The Bridge"
    assert document.metadata == ParsedMetadata(title="The bridge", author="Jane Doe")
    assert block_texts(document) == [PROSE]


def test_title_may_come_from_the_text_despite_front_matter() -> None:
    document = read_text("---\nurl: https://example.org\n---\n\n" + text_of("The bridge", PROSE))
    assert document.metadata == ParsedMetadata(title="The bridge", url="https://example.org")
    assert block_texts(document) == [PROSE]


# --- properties ---------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from(["One", "Two.", PROSE, "\n", "\r\n", " ", "1969", "—"])).map("".join)
)
def test_blocks_are_ordered_disjoint_trimmed_slices(text: str) -> None:
    document = read_text("x" + text)
    assert_valid(document)


WORDS = st.text(alphabet="abc XYZ äß他", min_size=1, max_size=60).map(str.strip).filter(bool)


@given(st.lists(WORDS.map(lambda words: f"{words} and more of it."), min_size=2, max_size=8))
def test_every_paragraph_after_a_title_is_a_block(paragraphs: list[str]) -> None:
    document = read_text(text_of("The title", *paragraphs))
    assert block_texts(document) == paragraphs


@given(st.text())
def test_text_with_words_has_blocks(text: str) -> None:
    document = read_text("\n" + text)
    assert bool(document.blocks) == bool(re.search(r"[^\W_]", text))


BOOK = """The Project Gutenberg EBook of The Mill, by Ada Reed

This eBook is for the use of anyone anywhere.

Title: The Mill

Author: Ada Reed

*** START OF THIS PROJECT GUTENBERG EBOOK THE MILL ***

Chapter 1

The mill stood above the river, and
nobody had seen it turn.

CHAPTER II. The flood

It turned on the day of the flood.

*** END OF THIS PROJECT GUTENBERG EBOOK THE MILL ***

Please read the licence before you copy this eBook.
"""


def test_books_are_read_without_the_header_and_the_licence() -> None:
    document = read_text(BOOK)
    assert block_texts(document) == [
        "The mill stood above the river, and\nnobody had seen it turn.",
        "It turned on the day of the flood.",
    ]
    assert document.metadata == ParsedMetadata(title="The Mill", author="Ada Reed")


def test_chapters_are_sections() -> None:
    assert sections(read_text(BOOK)) == ["Chapter 1", "CHAPTER II. The flood"]


@pytest.mark.parametrize("line", ["Part 2 of the story follows", "Book 1"])
def test_a_single_line_like_a_chapter_is_quoted(line: str) -> None:
    text = f"The mill\n\nIt stood above the river.\n\n{line}\n\nIt turned."
    assert line in block_texts(read_text(text))


def test_a_text_about_books_of_project_gutenberg_is_read_whole() -> None:
    around = ["Each book begins with a line.", "Between the two lines is the book."]
    marks = [f"*** {edge} OF THE PROJECT GUTENBERG EBOOK ***" for edge in ("START", "END")]
    text = text_of("The mill", around[0], marks[0], PROSE, marks[1], around[1])
    blocks = block_texts(read_text(text))
    assert {PROSE, *around} <= {*blocks}


@pytest.mark.parametrize(
    "parts",
    [
        ["Part 1: lift the lid.", "Part 2: remove the filter."],
        ["Chapter 1: We read it on Monday.", "Chapter 2: We read it on Friday."],
    ],
)
def test_sentences_after_numbers_of_parts_are_quoted(parts: list[str]) -> None:
    text = text_of("The mill", PROSE, parts[0], "Then wait.", parts[1], "Then wait again.")
    assert {*parts} <= {*block_texts(read_text(text))}


def test_a_list_of_chapters_is_not_above_the_text_behind_it() -> None:
    listed = ["Chapter 1: The mill", "Chapter 2: The flood"]
    document = read_text(text_of("The mill", *listed, PROSE, listed[0], PROSE, listed[1], PROSE))
    assert sections(document)[-3:] == [None, *listed]


# --- paragraphs that announce others ------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Where can I get it?",
        "17. Why does the bridge open so rarely,\n    and why only on Sundays?",
        "Take these:",
        "4. The bridge stays closed.",
        "2.1 Fees",
        "FEES",
        "Fees\n----",
        "桥在哪里？",
    ],
)
def test_announcing_paragraph_is_quoted_with_the_next(line: str) -> None:
    document = read_text(text_of("The bridge", PROSE, line, MORE, PROSE))
    assert block_texts(document) == [PROSE, f"{line}\n\n{MORE}", PROSE]


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["1. Lift the lid", "2. Take the oars", MORE],  # a list
        ["Is it open?", "What does it cost?", "Who is there?"],  # of the questions below
        ["When does it open?", MORE * 30],  # too long for one passage
        [PROSE * 2 + "He said:", MORE],  # says enough
        ["The force grows with the mass. In short:", MORE],
        ["力随着质量增长。总之：", MORE],
        ["Which lamp is green?", "A. The lamp of the hall", "B. The other one"],
        ["LONDON —", MORE],
        ["It opens at nine.", MORE],
        ["她担任 (ASL) 翻译。", MORE],
    ],
)
def test_other_paragraphs_are_quoted_alone(paragraphs: list[str]) -> None:
    assert block_texts(read_text(text_of("The bridge", *paragraphs))) == paragraphs


def test_caption_between_a_question_and_its_answer_is_not_quoted() -> None:
    caption = "The old bridge in May. Photograph: Jane Doe/EPA"
    texts = block_texts(read_text(text_of("The bridge", "Where is it?", caption, MORE)))
    assert texts == ["Where is it?", MORE]


@pytest.mark.parametrize("sign", ["§ {} Fees", "§{}", "Article {} – Fees", "Section {}. Fees"])
def test_numbered_parts_of_laws_are_sections(sign: str) -> None:
    one, two = sign.format(1), sign.format(2)
    document = read_text(text_of("The rules", one, PROSE, MORE, two, MORE))
    assert block_texts(document) == [PROSE, MORE, MORE]
    assert sections(document) == [one, one, two]


def test_contents_with_dot_leaders_are_not_quoted() -> None:
    contents = "1.  Fees ........ 2\n   1.1  Members ..... 3\n2.  Boats . . . . . 4"
    document = read_text(text_of("The rules", contents, "1. Fees", PROSE, MORE))
    assert block_texts(document) == [f"1. Fees\n\n{PROSE}", MORE]


def test_prices_with_dot_leaders_are_quoted() -> None:
    prices = "Children ........ 2\nAdults ..... 3\nBoats . . . . . 4"
    assert block_texts(read_text(text_of("The rules", prices, PROSE))) == [prices, PROSE]


# --- logs of chats ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stamp",
    [
        *("[01/03/2024, 10:15:22] {}:", "01.03.24, 10:15 - {}:", "3/1/24, 10:15 AM - {}:"),
        *("10:15 <{}>", "[10:15:22] <{}>", "[2024-03-01 10:15:22] {}:"),
    ],
)
def test_question_in_a_chat_is_quoted_with_what_follows(stamp: str) -> None:
    says = (f"{stamp.format(name)} " for name in ("Ada", "Tom", "Tom", "Ada", "Mira Holt", "Tom"))
    turns = ["Where is the key?", "In the\nhut.", "Below the mat.", "Thanks!", "Is it open?", "No."]
    messages = [before + turn for before, turn in zip(says, turns, strict=True)]
    expected = ["\n".join(messages[:4]), "\n".join(messages[4:])]
    assert block_texts(read_text("\n".join(messages))) == expected


def test_long_runs_of_messages_are_cut_between_them() -> None:
    messages = [f"[01.03.24, 10:{n}] Ada: {MORE}" for n in range(10, 22)]
    texts = block_texts(read_text("\n".join(messages)))
    assert "\n".join(texts).split("\n") == messages
    assert max(map(len, texts)) <= 600


@pytest.mark.parametrize(
    "timetable",
    ["10:00 Opening\n10:30 Talk: bridges", "01.03.2024 10:00 Talk\n02.03.2024 9:00 Boat"],
)
def test_timetables_stay_whole(timetable: str) -> None:
    assert block_texts(read_text(text_of("The day", PROSE, timetable))) == [PROSE, timetable]


# --- pages --------------------------------------------------------------------------------------


def test_running_heads_and_page_numbers_do_not_cut_sentences() -> None:
    feet = [
        f"\n\nReed                 Best Practice              [Page {n}]\n" for n in range(1, 5)
    ]
    head = "\nRFC 9999              Bridges                    May 2024\n\n\n"
    pages = [
        "The rules of bridges\n\n   A bridge must stay closed while",
        "   a train is near.\n\n   It opens at nine.",
        "   Members pay\n   nothing.",
        "   Boats wait.",
    ]
    expected = [
        "A bridge must stay closed while\n   a train is near.",
        "It opens at nine.",
        "Members pay\n   nothing.",
        "Boats wait.",
    ]
    for end in ("\f", ""):  # browsers leave the form feeds out
        text = "".join((head if n else "") + page + feet[n] + end for n, page in enumerate(pages))
        assert block_texts(read_text(text)) == expected


def test_numbers_of_pages_are_left_out_at_either_edge() -> None:
    sentences = [f"The page about {word}." for word in ("boats", "fees", "oars", "ropes")]
    text = "\f".join(f"{n}\n\n{sentence}\n\n" for n, sentence in enumerate(sentences, 1))
    assert block_texts(read_text(text)) == sentences


def test_pages_without_running_heads_stay_as_they_are() -> None:
    text = "One begins\n\fhere.\n\n\fTwo is there.\n\n\fThree."
    document = read_text(text)
    assert document.text == text
    assert block_texts(document) == ["One begins\n\fhere.", "Two is there.", "Three."]


@pytest.mark.parametrize(
    "text", ["\f" * 500_000 + "End", "." * 500_000 + " 5", ("a " + ". " * 2_000 + "x\n") * 50]
)
def test_hostile_plain_text_is_read_quickly(text: str) -> None:
    start = time.process_time()
    read_text(text)
    assert time.process_time() - start < 5
