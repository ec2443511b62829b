from pathlib import Path

import pytest

from bot.config.hints import describe_missing_folders
from bot.config.settings import Settings
from tests.support.command_line import quoth


def test_misspelt_setting_is_reported_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUOTH_COLECTIONS", "1=news")
    monkeypatch.setenv("QUOTH_FRUIT", "pear")
    assert quoth("--version") == 0
    assert capsys.readouterr().err.splitlines() == [
        "quoth: QUOTH_COLECTIONS is not a setting; did you mean QUOTH_COLLECTIONS?"
        " Otherwise see .env.example",
        "quoth: QUOTH_FRUIT is not a setting; see .env.example",
    ]


def test_misspelt_setting_in_the_env_file_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("QUOTH_SEED=articles\n", "utf-8")
    assert quoth("--version") == 0
    assert "QUOTH_SEED is not a setting; did you mean QUOTH_SEEDS?" in capsys.readouterr().err


def test_folder_that_does_not_exist_is_described(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "help.md").touch()
    settings = Settings(
        seeds=tmp_path, collections={1: ("nws", "news")}, serve_collections=("help.md",)
    )
    assert describe_missing_folders(settings) == [
        f"QUOTH_COLLECTIONS names the folder 'nws', which is not in {tmp_path};"
        " did you mean news? Otherwise create it, or correct the setting",
        f"QUOTH_SERVE_COLLECTIONS names the folder 'help.md', which is not in {tmp_path};"
        " create it, or correct the setting",
    ]


def test_folders_are_not_missed_without_seeds(tmp_path: Path) -> None:
    settings = Settings(seeds=tmp_path / "nowhere", collections={1: ("news",)})
    assert describe_missing_folders(settings) == []
