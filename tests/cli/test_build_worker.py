import json
from collections.abc import Iterator

import pytest

from bot.cli import build_worker
from bot.config.settings import Settings
from index.build.pipeline import BuildReport
from index.errors import BuildInProgress
from tests.support.discord_fakes import build_report


def test_build_waits_for_one_that_is_ending(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes: Iterator[BuildReport | None] = iter([None, None, build_report("one", True, 1, 2)])

    def build(*_: object) -> BuildReport:
        if (report := next(outcomes)) is None:
            raise BuildInProgress("process 7 is already building")
        return report

    monkeypatch.setattr(build_worker, "_build", build)
    monkeypatch.setattr(build_worker, "_POLL_SECONDS", 0.0)
    build_worker.build_for_bot(Settings())
    assert json.loads(capsys.readouterr().out)["built"]["name"] == "one"
