"""A build that is killed at any moment leaves the last good index in service (promise 5)."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import snapshot
from index.builder import build
from index.searcher import Searcher
from index_fixtures import SEEDS

KILLS = 25
LONGEST_SECONDS = 2.5  # about what such a build takes, its imports included


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_build_killed_at_any_moment_costs_nothing(index: Path, tmp_path: Path) -> None:
    seeds = Path(shutil.copytree(SEEDS, tmp_path / "seeds"))
    chance = random.Random(5)
    command = [sys.executable, "-m", "bot.cli", "build"]
    where = ["--seeds", str(seeds), "--index", str(index)]
    for number in range(KILLS):
        (seeds / "news.txt").write_text(f"News\n\nThis is paragraph {number} of the news.", "utf-8")
        building = subprocess.Popen(
            [*command, *where],
            cwd=SEEDS.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.05, LONGEST_SECONDS))
        building.send_signal(signal.SIGKILL)
        building.wait()
        with Searcher.open(index) as searcher:
            answer = searcher.ask("When could ISIS resurge in Syria?")
            assert answer.quotes[0].citation.paragraph == 4
            for quote in answer.quotes:
                searcher.check(quote)
    build(seeds, index)
    assert sorted(path.name for path in index.iterdir()) == ["current", "lock", "snapshots"]
    assert len(snapshot.names(index)) <= snapshot.KEEP + 1
    with Searcher.open(index) as searcher:
        assert f"paragraph {KILLS - 1}" in searcher.text("news.txt")
