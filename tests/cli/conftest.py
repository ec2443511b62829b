from pathlib import Path

import pytest

from tests.support.command_line import isolate
from tests.support.index_fixtures import SEEDS


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(tmp_path, monkeypatch)
    monkeypatch.setenv("QUOTH_SEEDS", str(SEEDS))
