import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.sentences import (
    MAX_PASSAGE_CHARS,
    MAX_SENTENCE_CHARS,
    sentence_spans,
    split_passages,
)
from index.types import Article, Block, Metadata
from tests.support.articles import read_file

SEEDS = Path(__file__).parents[2] / "seeds"
NEWS = "000_3ae1e327b51f9f9d.txt"


def article(text: str, language: str = "en", *blocks: Block) -> Article:
    metadata = Metadata(title="Title", language=language)
    return Article("a.txt", text, metadata, blocks or (Block(0, len(text)),))


def sentences(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text), language)]


def without_spaces(text: str) -> str:
    return "".join(text.split())


# --- the user's article -------------------------------------------------------------------------


def test_the_news_article_has_eleven_passages() -> None:
    news = read_file(SEEDS / NEWS, SEEDS)
    passages = split_passages(news)
    texts = [news.text[passage.start : passage.end] for passage in passages]
    assert [passage.paragraph for passage in passages] == list(range(1, 12))
    assert texts[0].startswith("ISIS will claim victory over the US and is likely to regain")
    assert texts[-1].endswith("the number of foreign fighters to be “most likely 50 per month.”")


def test_a_long_quotation_in_the_news_article_is_split() -> None:
    news = read_file(SEEDS / NEWS, SEEDS)
    eighth = split_passages(news)[7]
    assert [news.text[s.start : s.end] for s in eighth.sentences] == [
        "“We have very fast airplanes, we have very good cargo planes. We can come back very"
        " quickly, and I’m not leaving,” he said.",
        "“We have a base in Iraq and the base is a fantastic edifice.",
        "I mean, I was there recently, and I couldn’t believe the money that was spent on these"
        " massive runways.",
        "And these — I’ve rarely seen anything like it.”",
    ]


# --- sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Dr. Smith left at 5 p.m. on Monday.", "He came back."]),
        ("en", ["J. R. R. Tolkien wrote it.", "It sold well."]),
        ("en", ["It costs $3.14 in the U.S. today.", "See No. 5 for more."]),
        ("en", ["Wait… what?", "No!"]),
        ("en", ["“Are you coming?” he asked.", "She nodded."]),
        ("en", ["The firm, Apple Inc., said so.", "Nobody else did."]),
        ("de", ["Am 3. Oktober kam Dr. Müller.", "Das ist z. B. schön."]),
        ("de", ["Im 20. Jahrhundert war das anders.", "Heute nicht."]),
        ("ru", ["А. С. Пушкин родился в 1799 г. в Москве.", "Он писал."]),
        ("hi", ["यह है।", "वह है।"]),
        ("ar", ["ما هذا؟", "هذا كتاب."]),
    ],
)
def test_sentences_end_where_readers_expect(language: str, expected: list[str]) -> None:
    assert sentences(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", ["你好！", "价格是3.14元。", "真的吗？", "他说：“好。”"]),
        ("ja", ["はい。", "「そうです。」", "本当？"]),
    ],
)
def test_sentences_without_spaces_between_are_split(language: str, expected: list[str]) -> None:
    assert sentences("".join(expected), language) == expected


def test_offsets_count_characters_after_emoji_and_accents() -> None:
    assert sentences("😀 Él dijo. 👩‍🚀 ¿Qué? Nada.") == ["😀 Él dijo.", "👩‍🚀 ¿Qué?", "Nada."]


@pytest.mark.parametrize("space", ["\xa0", "\x85", "\u2003", "\u2028", "\u202f", "\u3000"])
def test_unicode_spaces_before_a_full_stop_do_not_panic(space: str) -> None:
    assert sentences(f"He met J{space}. They spoke.") == [f"He met J{space}.", "They spoke."]


def test_if_sentencex_panics_a_passage_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):  # the name that PyO3 uses
        pass

    def panic(*_: str) -> None:
        raise PanicException

    monkeypatch.setattr("index.text.sentences.get_sentence_boundaries", panic)
    assert sentences("One. Two.") == ["One. Two."]


def test_list_items_are_sentences() -> None:
    assert sentences("- milk\n- eggs and\n  ham\n* bread") == [
        "- milk",
        "- eggs and\n  ham",
        "* bread",
    ]


def test_table_rows_are_sentences() -> None:
    table = "| Day | Hours |\n|---|---|\n| Monday | 9 to 5 |\n| Sunday | closed |"
    assert sentences(table) == [
        "| Day | Hours |\n|---|---|",
        "| Monday | 9 to 5 |",
        "| Sunday | closed |",
    ]


def test_a_hard_wrapped_sentence_is_not_split() -> None:
    assert sentences("The bridge was\nclosed in May.\nIt opened\nin June.") == [
        "The bridge was\nclosed in May.",
        "It opened\nin June.",
    ]


def test_fragments_without_letters_join_their_neighbours() -> None:
    assert sentences("One. … ”\n* * *\nTwo.") == ["One. … ”", "* * *\nTwo."]
    assert sentences("*** One.") == ["*** One."]


def test_a_short_quotation_is_not_split() -> None:
    text = "“I came. I saw. I won.” That was all."
    assert sentences(text) == ["“I came. I saw. I won.”", "That was all."]


@pytest.mark.parametrize("marks", ["“”", '""', "„“", "«»", "「」"])
def test_a_long_quotation_is_split_around_its_marks(marks: str) -> None:
    sentence = "We looked at every single report that the office had written since the war"
    text = f"She said {marks[0]}{sentence}. {sentence}. {sentence}.{marks[1]} Then she left."
    assert sentences(text) == [
        f"She said {marks[0]}{sentence}.",
        f"{sentence}.",
        f"{sentence}.{marks[1]}",
        "Then she left.",
    ]


def test_a_long_quoted_question_keeps_its_reporting_clause() -> None:
    long = "a very long question about the bridges of the town and of the country around it "
    text = f"“Is this {long * 3}?” he asked the mayor."
    assert sentences(text) == [text]


def test_a_long_word_list_is_cut_at_commas() -> None:
    text = ", ".join(f"word{number}" for number in range(200))
    parts = sentences(text)
    assert max(map(len, parts)) <= MAX_SENTENCE_CHARS
    assert all(part.endswith(",") for part in parts[:-1])
    assert without_spaces("".join(parts)) == without_spaces(text)


def test_text_without_cut_points_is_cut_anyway() -> None:
    assert [len(part) for part in sentences("x" * 1500)] == [600, 600, 300]


def test_scripts_with_more_word_pieces_are_cut_shorter() -> None:
    assert max(map(len, sentences("他说好" * 500, "zh"))) == 240


def test_a_cut_keeps_an_accent_with_its_letter() -> None:
    text = "e\u0301" * 1000
    assert all(part.startswith("e") for part in sentences(text))


# --- passages -----------------------------------------------------------------------------------


def test_a_block_becomes_a_trimmed_passage() -> None:
    passages = split_passages(article("  One. Two. \n", "en", Block(0, 13, "Head", 3)))
    assert [(p.start, p.end, p.paragraph, p.section, p.page) for p in passages] == [
        (2, 11, 1, "Head", 3)
    ]
    assert [(s.start, s.end) for s in passages[0].sentences] == [(2, 6), (7, 11)]


def test_passages_are_numbered_and_gaps_left_out() -> None:
    passages = split_passages(article("One. x Two.", "en", Block(0, 4), Block(7, 11)))
    assert [(p.start, p.end, p.paragraph) for p in passages] == [(0, 4, 1), (7, 11, 2)]


def test_a_blank_block_is_not_a_passage() -> None:
    assert split_passages(article(" \n ")) == ()


def test_markup_is_at_most_the_label_of_a_sentence() -> None:
    text = 'Run:\n\n=== "Windows"\n\n```\nmake\n```'
    code = text.index("make")
    block = Block(0, len(text), markup=((4, code), (code + 4, len(text))))
    (passage,) = split_passages(article(text, "en", block))
    first, second = passage.sentences
    assert (passage.start, passage.end) == (0, len(text))
    assert text[first.start : first.end] == "Run:"
    assert text[second.start : second.end] == '=== "Windows"\n\n```\nmake'
    assert text[second.start + second.label_chars : second.end] == "make"


def test_a_very_long_block_is_cut_between_sentences() -> None:
    text = "This is sentence number one of very many. " * 500
    passages = split_passages(article(text))
    assert [p.paragraph for p in passages] == [1, 2, 3]
    assert all(p.end - p.start <= MAX_PASSAGE_CHARS for p in passages)
    assert all(text[p.end - 5 : p.end] == "many." for p in passages)


@pytest.mark.parametrize(
    "unit", ["a", "word ", "Hello there you. ", "“a. b ", "他说好。", "e\u0301"]
)
def test_half_a_megabyte_on_one_line_takes_seconds(unit: str) -> None:
    text = unit * (500_000 // len(unit))
    started = time.process_time()
    passages = split_passages(article(text))
    assert time.process_time() - started < 5
    assert max(p.end - p.start for p in passages) <= MAX_PASSAGE_CHARS


# --- properties ---------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *("Dr. ", "a. ", "B", "“", "”", '"', "!", "？", "。", "他", "\n", "\r\n", "- x", "| y |"),
        *("5. ", "😀", "e\u0301", " ", "\u00a0", "…", "(", ")", "\x00", "\ud800", "\u2028"),
        "word " * 30,
    ]
)
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=80).map("".join))


@given(TEXTS, st.sampled_from(["en", "de", "zh", "xx", ""]))
def test_sentences_are_ordered_bounded_and_complete(text: str, language: str) -> None:
    spans = sentence_spans(text, 0, len(text), language)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    parts = [text[start:end] for start, end in spans]
    assert all(part and part == part.strip() for part in parts)
    assert all(len(part) <= MAX_SENTENCE_CHARS for part in parts)
    assert without_spaces("".join(parts)) == without_spaces(text)


@given(TEXTS, TEXTS)
def test_passages_equal_their_blocks_and_sentences(first: str, second: str) -> None:
    blocks = (Block(0, len(first)), Block(len(first) + 1, len(first) + 1 + len(second)))
    whole = article(f"{first}|{second}", "en", *blocks)
    passages = split_passages(whole)
    assert [whole.text[p.start : p.end] for p in passages] == [
        t.strip() for t in (first, second) if t.strip()
    ]
    for passage in passages:
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end


@given(st.lists(TEXTS, min_size=10, max_size=30).map(lambda texts: "x".join(texts) * 20))
def test_passages_of_a_long_block_lose_no_character(text: str) -> None:
    passages = split_passages(article(text))
    assert without_spaces("".join(text[p.start : p.end] for p in passages)) == without_spaces(text)
    assert [p.paragraph for p in passages] == list(range(1, len(passages) + 1))
    assert not any(re.search(r"^\s|\s$", text[p.start : p.end]) for p in passages)


@pytest.mark.parametrize(
    "picture",
    [
        "![The form. Fill it in!](form.png)",
        "[![Badge](a.svg)](https://a.example)",
        "![[form.png|The form]]",
        '<img src="form.png" alt="The form">',
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n- "])
def test_a_picture_is_no_sentence(picture: str, gap: str) -> None:
    text = f"- Open the form.{gap}{picture}{gap}Send it."
    sentences = [text[start:end] for start, end in sentence_spans(text, 0, len(text))]
    assert len(sentences) <= 2
    assert all("form." in each or "Send" in each for each in sentences)


@pytest.mark.parametrize("code", ["`./Robust.Server`", "``x.Y`z. Now``", "`a? B!`"])
def test_inline_code_is_within_a_sentence(code: str) -> None:
    text = f"Type {code} then. It`s on. He`s Fine."
    sentences = [text[start:end] for start, end in sentence_spans(text, 0, len(text))]
    assert sentences == [f"Type {code} then.", "It`s on.", "He`s Fine."]


@pytest.mark.parametrize(
    "attribution",
    ["— Ada Reed", '<p class="credit">\n— @ada, ["On pumps"](https://a.example/x)', "― Ada, 1990"],
)
def test_an_attribution_is_no_sentence(attribution: str) -> None:
    text = f"Oil the pump weekly.\n{attribution}"
    assert sentence_spans(text, 0, len(text)) == [(0, len(text))]


def test_a_dash_begins_what_someone_says() -> None:
    text = "She opened it.\n— Come in, she said."
    assert len(sentence_spans(text, 0, len(text))) == 2
