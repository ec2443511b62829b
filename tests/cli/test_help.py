import re

import pytest
import typer

from bot.cli.app import app
from tests.support.command_line import quoth

COMMANDS = [*sorted(typer.main.get_group(app).commands), "store copy"]
# Types of Python, ranges as formulas, required arguments in braces, options that do nothing.
UGLY = re.compile(r"<\w|list\[|\bstr\b|default:|None|[<>]=|\{[A-Za-z.]+\}|--no-(?!robots|build)")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("--help") == 0
    out = capsys.readouterr().out
    assert all(
        name in out
        for name in (
            "build",
            "add",
            "remove",
            "ask",
            "chat",
            "sources",
            "show",
            "eval",
            "calibrate",
            "run",
        )
    )


def test_command_summaries_are_not_truncated(capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("--help") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_help_works_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("help") == 0
    assert "Commands:" in capsys.readouterr().out
    assert quoth("help", "ask") == 0
    assert "--strictness" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_no_types_and_formulas(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth(*command.split(), "--help") == 0
    out = capsys.readouterr().out
    assert UGLY.findall(out) == []
    usage, *rows = re.findall(r"(?m)^Usage: .*$|^  \S.*$", out)
    arguments = usage.partition("[OPTIONS]")[2].removesuffix("COMMAND [ARGS]...")
    names = re.findall(r"[A-Z]+(?:\.[a-z]+)*", arguments)
    assert all(any(row.startswith(f"  {name}  ") for row in rows) for name in names)


def test_help_shows_names_ranges_and_defaults_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quoth("add", "--help") == 0
    out = capsys.readouterr().out
    assert out.startswith("Usage: quoth add [OPTIONS] SOURCE...\n")
    assert "\n  SOURCE  Files, links or feeds.\n" in out
    assert "\n  --entries N             Entries per feed, 1 to 500 [20].\n" in out
    assert quoth("ask", "--help") == 0
    assert capsys.readouterr().out.startswith("Usage: quoth ask [OPTIONS] [QUESTION...]\n")


def test_a_choice_that_there_is_not_gets_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("ask", "--strictness", "hard", "why") == 2
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line.startswith("Error: Invalid value for '--strictness': 'hard' is not one of 'strict'")
