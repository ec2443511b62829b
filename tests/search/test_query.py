import pytest

from index.search.query import note_on
from index.searcher import Searcher
from index.types import Note, Verdict


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("When could ISIS resurge in Syria?", None),
        ("hello", Note.GREETING),
        ("Hi there!", Note.GREETING),
        ("Good morning, everyone", Note.GREETING),
        ("thank you :)", Note.GREETING),
        ("Привет!", Note.GREETING),
        ("help", Note.GREETING),
        ("Help me, please!", Note.GREETING),
        ("Who gets help in Iraq?", None),
        ("Who said hello?", None),
        ("What is up with you?", None),
        ("🙂🙂", Note.NO_WORDS),
        ("?!", Note.NO_WORDS),
        ("42", Note.NO_WORDS),
        ("Когда вернётся ИГИЛ?", Note.OTHER_SCRIPT),
        ("什么时候？", Note.OTHER_SCRIPT),
        ("Что такое ISIS?", None),
        ("Syria", Note.ONE_WORD),
        (" ".join(f"word{n} letters" for n in "abcdefgh" * 9) + "?", None),
        (" ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(80)), Note.TEXT),
    ],
)
def test_what_is_no_plain_question_is_noted(text: str, note: Note | None) -> None:
    assert note_on(text, ["en"]) is note


def test_a_script_of_the_articles_is_readable() -> None:
    assert note_on("Когда вернётся ИГИЛ?", ["en", "ru"]) is None
    assert note_on("什么时候会发生这件事？", ["zh"]) is None


def test_an_encoder_of_many_languages_is_asked_in_any_script() -> None:
    assert note_on("Когда вернётся ИГИЛ?", None) is None


@pytest.mark.parametrize("text", ["hello", "🙂", "Когда вернётся ИГИЛ?", "Thanks!"])
def test_no_question_never_gets_a_random_quote(searcher: Searcher, text: str) -> None:
    answer = searcher.ask(text)
    assert (answer.verdict, answer.quotes) == (Verdict.NOTHING, ())
    assert answer.note is not None


def test_one_word_that_the_articles_hold_gets_passages_without_a_promise(
    searcher: Searcher,
) -> None:
    answer = searcher.ask("Syria")
    assert (answer.verdict, answer.note) == (Verdict.CLOSEST, Note.ONE_WORD)
    assert searcher.ask("Qwertyuiop").verdict is Verdict.NOTHING


def test_a_long_text_is_never_answered_for_sure(searcher: Searcher) -> None:
    text = searcher.text("000_3ae1e327b51f9f9d.txt")[:3000]
    assert searcher.ask(text).verdict is not Verdict.ANSWERED


def test_a_phrase_in_quotation_marks_must_be_there(searcher: Searcher) -> None:
    held = searcher.ask('Where is "active insurgent group" said?')
    assert "active insurgent group" in held.quotes[0].passage.text
    assert searcher.ask('What is "a purple insurgent group"?').verdict is not Verdict.ANSWERED
