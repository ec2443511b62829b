"""The command line, run in this process."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.cli.app import main
from bot.cli.searchers import close_stores

QUESTION = "When could ISIS resurge in Syria?"
ARTICLE = "000_3ae1e327b51f9f9d.txt"


def isolate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in ``folder``, without .env and without the developer's own settings."""
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.startswith(("QUOTH_", "DISCORD_")):
            monkeypatch.delenv(name)


def quoth(*arguments: str) -> int:
    """Run a command and return its exit status."""
    try:
        main(arguments)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    finally:
        close_stores()
    return 0


def ask_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Ask, and return the answer's values."""
    assert quoth("ask", "--json", *arguments) == 0
    return json.loads(capsys.readouterr().out)
