import json
import logging
import shutil
from pathlib import Path

import pytest

from bot.cli.seeds_check import warn_of_misconfiguration
from bot.config.settings import Settings
from index.store import snapshot
from tests.support.command_line import ARTICLE, QUESTION, quoth
from tests.support.index_fixtures import SEEDS, MakeSeeds

TEA = "# Tea\n\nGreen tea is not fermented."
COMMANDS = [["ask", QUESTION], ["sources"], ["show", ARTICLE], ["chat"], ["verify", "Green tea"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_index_of_other_articles_is_refused(
    command: list[str],
    seeds_index: Path,
    make_seeds: MakeSeeds,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seeds = make_seeds({"tea.md": TEA})
    assert quoth(*command, "--index", str(seeds_index), "--seeds", str(seeds)) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert f"built from {SEEDS}, has none of the articles in {seeds}; choose" in output.err


@pytest.mark.parametrize("command", ["eval", "calibrate"])
def test_measuring_replaces_no_index_of_other_articles(
    command: str, index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds, before = make_seeds({"tea.md": TEA}), snapshot.current(index)
    questions = seeds.parent / "questions.jsonl"
    questions.write_text(json.dumps({"id": 1, "question": "Is tea green?"}), "utf-8")
    options = ("--questions", str(questions), "--index", str(index), "--seeds", str(seeds))
    assert quoth(command, *options) == 1
    assert "has none of the articles in" in capsys.readouterr().err
    assert snapshot.current(index) == before


def test_an_index_that_shares_only_a_file_name_is_refused(
    tmp_path: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    coffee, index = tmp_path / "coffee", tmp_path / "index"
    coffee.mkdir()
    for name in ("index", "beans", "roast"):
        (coffee / f"{name}.md").write_text(f"# {name}\n\nCoffee is roasted.", "utf-8")
    assert quoth("build", "--seeds", str(coffee), "--index", str(index)) == 0
    tea = make_seeds({"index.md": TEA, "green.md": TEA})
    assert quoth("ask", "--seeds", str(tea), "--index", str(index), "Is tea green?") == 1
    assert f"built from {coffee}, has none of the articles" in capsys.readouterr().err


def test_an_index_of_mostly_other_articles_is_pointed_out(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = make_seeds({ARTICLE: TEA, "green.md": TEA})
    assert quoth("sources", "--seeds", str(seeds), "--index", str(index)) == 0
    error = capsys.readouterr().err
    assert error.startswith(f"Most articles in {seeds} differ from those in the index in {index},")


def test_moved_articles_raise_no_alarm(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = shutil.copytree(SEEDS, tmp_path / "moved")
    assert quoth("sources", "--seeds", str(moved), "--index", str(index)) == 0
    assert capsys.readouterr().err == ""


def test_a_service_warns_of_other_articles_and_missing_folders(
    index: Path, make_seeds: MakeSeeds, caplog: pytest.LogCaptureFixture
) -> None:
    seeds = make_seeds({"tea.md": TEA})
    settings = Settings(seeds=seeds, index=index, collections={1: ("news",)})
    with caplog.at_level(logging.WARNING):
        warn_of_misconfiguration(settings)
    folder, articles = (record.getMessage() for record in caplog.records)
    assert folder.startswith("QUOTH_COLLECTIONS names the folder 'news'")
    assert "has none of the articles in" in articles
