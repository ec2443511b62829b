import pytest

from index.search.query import classify_input
from index.searcher import Searcher
from index.types import InputKind, Verdict


@pytest.mark.parametrize(
    ("text", "kind"),
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
def test_input_is_classified(text: str, kind: InputKind | None) -> None:
    assert classify_input(text, ["en"]) is kind


def test_a_script_that_an_article_uses_is_accepted() -> None:
    assert classify_input("Когда вернётся ИГИЛ?", ["en", "ru"]) is None
    assert classify_input("什么时候会发生这件事？", ["zh"]) is None
    assert classify_input("石油危机はいつ？", ["ja"]) is None
    assert classify_input("石油 위기는 언제?", ["ko"]) is None
    assert classify_input("石油危机是什么？", ["ko", "yi"]) is None
    assert classify_input("Hvornår?", ["xx"]) is InputKind.ONE_WORD


def test_a_multilingual_encoder_accepts_any_script() -> None:
    assert classify_input("Когда вернётся ИГИЛ?", None) is None


@pytest.mark.parametrize("text", ["hello", "🙂", "Когда вернётся ИГИЛ?", "Thanks!"])
def test_input_without_a_question_gets_no_quote(searcher: Searcher, text: str) -> None:
    answer = searcher.ask(text)
    assert (answer.verdict, answer.quotes) == (Verdict.NOTHING, ())
    assert answer.input_kind is not None


def test_a_known_single_word_gets_the_closest_passages(searcher: Searcher) -> None:
    answer = searcher.ask("Syria")
    assert (answer.verdict, answer.input_kind) == (Verdict.CLOSEST, InputKind.ONE_WORD)
    assert searcher.ask("Qwertyuiop").verdict is Verdict.NOTHING


def test_a_long_text_is_never_answered(searcher: Searcher) -> None:
    text = searcher.text("000_3ae1e327b51f9f9d.txt")[:3000]
    assert searcher.ask(text).verdict is not Verdict.ANSWERED


def test_a_quoted_phrase_must_be_in_the_passage(searcher: Searcher) -> None:
    answer = searcher.ask('Where is "active insurgent group" said?')
    assert "active insurgent group" in answer.quotes[0].passage.text
    assert searcher.ask('What is "a purple insurgent group"?').verdict is not Verdict.ANSWERED
