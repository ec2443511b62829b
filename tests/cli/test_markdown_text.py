from dataclasses import replace

import pytest
from rich.console import Console

from bot.cli.output import answers
from bot.cli.output.markdown_text import markdown_text
from index.types import Answer, Citation, ContextKind, ContextSlice, Metadata, Quote, Slice, Verdict

TEXT = (
    "Run `uv sync` with [the *guide*](https://a.example/b):\n\n```sh\nuv sync\n```\n\n"
    "| Flag | Use |\n|---|---|\n| `-q` | quiet |\n\n- one\n- two"
)
QUOTE = Quote(
    Citation(1, "uv.md", Metadata("uv"), 2),
    Slice(0, len(TEXT), TEXT),
    Slice(0, 13, TEXT[:13]),
    0.5,
    0,
    context=(
        ContextSlice(ContextKind.HEADING, 0, 6, "Guides"),
        ContextSlice(ContextKind.HEADING, 8, 15, "Syncing"),
        ContextSlice(ContextKind.INTRODUCTION, 20, 28, "Do this:"),
    ),
)


def test_a_quote_is_shown_as_people_read_it() -> None:
    shown = markdown_text(QUOTE, 80)
    assert shown.plain == (
        "Run uv sync with the guide (a.example):\n  uv sync\n\n"
        "Flag  Use\n-q    quiet\n\n- one\n- two"
    )
    highlighted = [shown.plain[a:b] for a, b, style in shown.spans if style == "bold green"]
    assert "".join(highlighted) == "Run uv sync"


def answer_output(capsys: pytest.CaptureFixture[str], quote: Quote) -> str:
    answers.print_answer(Answer("?", Verdict.ANSWERED, (quote,), (), "one", 0.1))
    return capsys.readouterr().out


def test_a_pipe_gets_the_exact_slice(capsys: pytest.CaptureFixture[str]) -> None:
    assert TEXT in answer_output(capsys, QUOTE)


def test_context_is_printed_above_the_quote(capsys: pytest.CaptureFixture[str]) -> None:
    assert f"\nGuides › Syncing\nDo this:\n{TEXT}" in answer_output(capsys, QUOTE)
    assert "Guides" not in answer_output(capsys, replace(QUOTE, context=()))


def test_a_section_is_not_named_twice(capsys: pytest.CaptureFixture[str]) -> None:
    cited = replace(QUOTE, citation=replace(QUOTE.citation, section="Syncing"))
    assert answer_output(capsys, cited).count("Syncing") == 1
    assert "“Syncing”, paragraph 2" in answer_output(capsys, replace(cited, context=()))


def test_a_terminal_shows_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Console(force_terminal=True, width=80, highlight=False, markup=False)
    monkeypatch.setattr(answers, "make_console", lambda: terminal)
    assert "`" not in answer_output(capsys, QUOTE)
    heading = ContextSlice(ContextKind.HEADING, 0, 35, "[Syncing](https://a.example/c) `uv`")
    assert "Syncing (a.example) uv" in answer_output(capsys, replace(QUOTE, context=(heading,)))


def test_a_table_wider_than_the_terminal_is_shown_row_by_row() -> None:
    shown = markdown_text(QUOTE, 8)
    assert "Flag | Use\n-q | quiet\n" in shown.plain
