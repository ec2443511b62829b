"""A smaller torture than ``make torture``'s, and what a read-only index can and cannot do."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.failing_disk import compiled, compiler
from tests.support.index_fixtures import SEEDS

PROJECT = SEEDS.parent
QUESTION = "When could ISIS resurge in Syria?"
COUNTS = ("--kills", "24", "--every", "11", "--damages", "48", "--limits", "9")

_ASK_AND_BUILD_READ_ONLY = """
import errno, sys
from pathlib import Path
from bot.cli.app import main
from tests.support.failing_disk import FailingDisk

index = Path(sys.argv[1])
disk = FailingDisk()
disk.arm(index, 1, errno.EROFS, stays=True)
for command in (["ask", sys.argv[2]], ["build"], ["rollback"]):
    try:
        main([*command[:1], "--index", str(index), *command[1:]])
    except SystemExit as ended:
        print(command[0], "ended with", ended.code, flush=True)
    if command == ["ask", sys.argv[2]]:
        print("wrote", disk.disarm(), "times", flush=True)
        disk.arm(index, 1, errno.EROFS, stays=True)
"""


def _run(*command: str, disk: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = f"{PROJECT}{os.pathsep}{PROJECT / 'tests'}"
    environment = {**os.environ, "PYTHONPATH": path} | ({"LD_PRELOAD": str(disk)} if disk else {})
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True, text=True, cwd=PROJECT, env=environment, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_index_outlives_kills_a_failing_disk_damage_and_little_memory() -> None:
    done = _run("tests/torture.py", *COUNTS)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    told = re.findall(r"^(.+): \d+ blows \(.+\), 0 faults$", done.stdout, re.MULTILINE)
    disk = ["failing disk"] if compiler() else []
    assert told == ["kill -9", *disk, "damage", "no memory"]


@pytest.mark.skipif(compiler() is None, reason="no C compiler to make a failing disk with")
def test_a_read_only_index_is_asked_and_a_build_says_so_in_a_line(
    index: Path, tmp_path: Path
) -> None:
    done = _run("-c", _ASK_AND_BUILD_READ_ONLY, str(index), QUESTION, disk=compiled(tmp_path))
    assert "six to twelve months" in done.stdout
    assert done.stdout.splitlines()[-4:] == [
        "ask ended with 0",
        "wrote 0 times",
        "build ended with 1",
        "rollback ended with 1",
    ]
    refused = (
        f"quoth: the index in {index} cannot be written ([Errno 30] Read-only file system: "
        f"'{index / 'lock'}'): look at the disk and at who may write there, then try again"
    )
    assert done.stderr.splitlines() == [refused, refused]
