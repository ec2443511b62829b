from pathlib import Path

import pytest

from bot.config.hints import describe_missing_folders
from bot.config.settings import Settings, read_settings
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


def test_lines_of_the_env_file_that_set_nothing_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text(
        '# A comment\n\nDISCORD_TOKEN="a.b.c\nQUOTH_QUOTES: 3\n', "utf-8"
    )
    assert quoth("--version") == 0
    assert capsys.readouterr().err.splitlines() == [
        "quoth: .env, line 3 sets nothing; write NAME=VALUE, quotes in pairs",
        "quoth: .env, line 4 sets nothing; write NAME=VALUE, quotes in pairs",
    ]


def test_env_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("\ufeffQUOTH_QUOTES=3\r\nQUOTH_WATCH=1\r\n".encode())
    settings = read_settings()
    assert (settings.quotes, settings.watch) == (3, True)


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
