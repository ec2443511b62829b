import re
import time

import pytest

from bot.cli.output import progress


def test_progress_is_printed_as_lines_into_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_LINE_INTERVAL_SECONDS", 0.02)
    printed = ""
    with progress.show_progress() as on_progress:
        on_progress("encoding", 512, 3600)
        while printed.count("\n") < 2:  # without another call: the first part of a step is long
            time.sleep(0.01)
            printed += capsys.readouterr().err
    assert re.fullmatch(r"(\d+ s: (working|encoding 512 of 3,600)\n)+", printed)
    assert "encoding" in printed


def test_a_short_command_prints_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.show_progress() as on_progress:
        on_progress("reading", 1, 1)
    assert capsys.readouterr().err == ""
