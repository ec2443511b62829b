"""The command line, run in this process."""

import json
from typing import Any

import pytest

from bot.cli.app import main

QUESTION = "When could ISIS resurge in Syria?"
ARTICLE = "000_3ae1e327b51f9f9d.txt"


def quoth(*arguments: str) -> int:
    """Run a command and return its exit status."""
    try:
        main(arguments)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


def ask_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Ask, and return the answer's values."""
    assert quoth("ask", "--json", *arguments) == 0
    return json.loads(capsys.readouterr().out)
