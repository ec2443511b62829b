import os
from pathlib import Path

import pytest

from tests.support.index_fixtures import SEEDS


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a folder without .env and without the developer's own settings."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("QUOTH_", "DISCORD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("QUOTH_SEEDS", str(SEEDS))
