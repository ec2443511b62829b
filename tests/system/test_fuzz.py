"""Fuzz questions and settings: exact quotes or settings, or else a one-line error."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.config.settings import read_settings
from bot.text.messages import ENGLISH
from bot.ui.answers.answer_text import answer_text
from index.errors import QuestionError, SettingsError
from index.searcher import MAX_QUESTION_CHARS, Searcher
from tests.support.discord_markdown import unquote

SHARED_FIXTURES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SETTING_NAMES = (
    "DISCORD_TOKEN QUOTH_SEEDS QUOTH_INDEX QUOTH_ENCODER QUOTH_QUOTES QUOTH_STRICTNESS"
    " QUOTH_COLLECTIONS QUOTH_CURATORS QUOTH_LOG_LEVEL QUOTH_LOG_STYLE QUOTH_HEALTH_PORT"
).split()
QUESTION_PARTS = st.sampled_from(
    'ISIS Syria Pentagon resurge when WHO? "withdraw from Syria" 2019 🙂 俄罗斯 \u202e \0 @everyone'
    " <@1> ``` **x** [a](b) .* \\ ' \" ( ) AND OR NOT title:x ^2 ~ " + "\ud800"
)


def assert_one_line(error: Exception) -> None:
    assert str(error).isprintable()
    assert len(str(error)) > 20


@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(st.one_of(QUESTION_PARTS, st.text(max_size=9))).map(" ".join),
    )
)
@example("x" * (MAX_QUESTION_CHARS + 1))
@example("\ud800\udfff")
@example('"' * 400)
@example("Syria " * 600)
@SHARED_FIXTURES
def test_any_question_gets_exact_quotes_or_one_line_error(
    searcher: Searcher, question: str
) -> None:
    try:
        answer = searcher.ask(question)
    except QuestionError as error:
        assert_one_line(error)
        return
    shown = answer_text(answer, ENGLISH, heading=question).quotes
    for quote, text in zip(answer.quotes, shown, strict=True):
        searcher.quoter.check(quote)
        assert unquote(text.excerpt.display) in quote.passage.text
        assert quote.citation.article in {source.path for source in searcher.opened.sources()}


@given(
    st.lists(st.tuples(st.sampled_from(SETTING_NAMES), st.text(max_size=40))),
    st.binary(max_size=40),
)
@example([("QUOTH_COLLECTIONS", "1=../x")], b"")
@example([("QUOTH_COLLECTIONS", "\x1b=0")], b"")
@example([("QUOTH_HEALTH_PORT", "99999999999999999999")], b"\xff\xfe")
@example([("QUOTH_QUOTES", "٣")], b"")
@SHARED_FIXTURES
def test_any_env_file_gives_settings_or_one_line_error(
    tmp_path: Path, pairs: list[tuple[str, str]], rest: bytes
) -> None:
    lines = "\n".join(f"{name}={value}" for name, value in pairs)
    (tmp_path / ".env").write_bytes(lines.encode("utf-8", "surrogatepass") + b"\n" + rest)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        for name in filter(lambda name: name.startswith(("QUOTH_", "DISCORD_")), [*os.environ]):
            patch.delenv(name)
        try:
            read = read_settings()
        except SettingsError as error:
            assert_one_line(error)
        else:
            assert 1 <= read.quotes <= 5
