import pytest

from index.search.query import classify_input
from index.searcher import Searcher
from index.types import InputKind, Verdict


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("When could ISIS resurge in Syria?", None),
        ("hello", InputKind.GREETING),
        ("Hi there!", InputKind.GREETING),
        ("Good morning, everyone", InputKind.GREETING),
        ("thank you :)", InputKind.GREETING),
        ("Привет!", InputKind.GREETING),
        ("help", InputKind.GREETING),
        ("Help me, please!", InputKind.GREETING),
        ("Who gets help in Iraq?", None),
        ("Who said hello?", None),
        ("What is up with you?", None),
        ("🙂🙂", InputKind.NO_WORDS),
        ("?!", InputKind.NO_WORDS),
        ("42", InputKind.NO_WORDS),
        ("Когда вернётся ИГИЛ?", InputKind.OTHER_SCRIPT),
        ("什么时候？", InputKind.OTHER_SCRIPT),
        ("Что такое ISIS?", None),
        ("Syria", InputKind.ONE_WORD),
        (" ".join(f"word{n} letters" for n in "abcdefgh" * 9) + "?", None),
        (" ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(80)), InputKind.TEXT),
    ],
)
def test_what_is_no_plain_question_is_noted(text: str, note: InputKind | None) -> None:
    assert classify_input(text, ["en"]) is note


def test_a_script_of_the_articles_is_readable() -> None:
    assert classify_input("Когда вернётся ИГИЛ?", ["en", "ru"]) is None
    assert classify_input("什么时候会发生这件事？", ["zh"]) is None


def test_an_encoder_of_many_languages_is_asked_in_any_script() -> None:
    assert classify_input("Когда вернётся ИГИЛ?", None) is None


@pytest.mark.parametrize("text", ["hello", "🙂", "Когда вернётся ИГИЛ?", "Thanks!"])
def test_no_question_never_gets_a_random_quote(searcher: Searcher, text: str) -> None:
    answer = searcher.ask(text)
    assert (answer.verdict, answer.quotes) == (Verdict.NOTHING, ())
    assert answer.note is not None


def test_one_word_that_the_articles_hold_gets_passages_without_a_promise(
    searcher: Searcher,
) -> None:
    answer = searcher.ask("Syria")
    assert (answer.verdict, answer.note) == (Verdict.CLOSEST, InputKind.ONE_WORD)
    assert searcher.ask("Qwertyuiop").verdict is Verdict.NOTHING


def test_a_long_text_is_never_answered_for_sure(searcher: Searcher) -> None:
    text = searcher.text("000_3ae1e327b51f9f9d.txt")[:3000]
    assert searcher.ask(text).verdict is not Verdict.ANSWERED


def test_a_phrase_in_quotation_marks_must_be_there(searcher: Searcher) -> None:
    held = searcher.ask('Where is "active insurgent group" said?')
    assert "active insurgent group" in held.quotes[0].passage.text
    assert searcher.ask('What is "a purple insurgent group"?').verdict is not Verdict.ANSWERED
