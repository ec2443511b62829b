from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command_line import QUESTION, quoth

Line = str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """``quoth chat`` with lines that somebody types."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def type(self, index: Path, *lines: Line) -> tuple[str, str]:
        """Type lines, or the results of functions, and return what was printed."""
        typed = iter([*lines, "quit"])

        def read(_prompt: str) -> str:
            line = next(typed)
            return line if isinstance(line, str) else line()

        self.monkeypatch.setattr("builtins.input", read)
        assert quoth("chat", "--index", str(index)) == 0
        return self.capsys.readouterr()


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prompt:
    return Prompt(monkeypatch, capsys)


def test_chat_answers_and_understands_commands(seeds_index: Path, prompt: Prompt) -> None:
    lines = ("more", QUESTION, "more", "next", "source", "sources", "help", "")
    out, err = prompt.type(seeds_index, *lines)
    assert "There is no quote yet: ask a question first." in err
    assert "[1]" in out
    assert "[4]" in out
    assert "ISIS remains an active insurgent group" in out


def test_chat_accepts_a_quote_number(seeds_index: Path, prompt: Prompt) -> None:
    out, err = prompt.type(seeds_index, QUESTION, "more 2", "more 9", "next", "source 4")
    assert "There is no quote 9: the last answer has 1 to 2." in err
    assert out.count("[4]") == 1
    assert "  1\n" in out  # paragraph number of the whole article


def test_chat_shows_quotes_of_earlier_pages(seeds_index: Path, prompt: Prompt) -> None:
    _, err = prompt.type(seeds_index, QUESTION, "next", "more 2", "source 2", "more 9")
    assert err.count("There is no quote") == 1
    assert "There is no quote 9: the last answer has 1 to 7." in err


def test_chat_understands_follow_ups_after_small_talk(seeds_index: Path, prompt: Prompt) -> None:
    lines = ("hi", QUESTION, "thanks!", "and in iraq?", "who are you")
    out, err = prompt.type(seeds_index, *lines)
    assert "I understood this as: When could ISIS resurge in iraq?" in err
    assert "more quickly in Iraq than in Syria" in out
    assert "You're welcome!" in out
    assert "I answer questions with exact quotes" in out


def test_chat_keeps_its_index_if_the_newest_is_damaged(index: Path, prompt: Prompt) -> None:
    def damage() -> str:
        for manifest in (index / "snapshots").glob("*/manifest.json"):
            manifest.write_text("{}", "utf-8")
        (index / "current").write_text("another", "utf-8")
        return QUESTION

    out, err = prompt.type(index, QUESTION, damage, "more")
    assert out.count("[1]") == 2
    assert "Cannot open the newest index, so the previous one stays in service" in err
    assert "There is no quote yet" not in err
