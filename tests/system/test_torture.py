"""Run a short ``make torture``, and use an index on a read-only disk."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.failing_disk import compile_library, find_compiler
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
disk.arm(index, 1, errno.EROFS, permanent=True)
for command in (["ask", sys.argv[2]], ["build"], ["rollback"]):
    try:
        main([*command[:1], "--index", str(index), *command[1:]])
    except SystemExit as exit:
        print(command[0], "exited with", exit.code, flush=True)
    if command == ["ask", sys.argv[2]]:
        print("wrote", disk.disarm(), "times", flush=True)
        disk.arm(index, 1, errno.EROFS, permanent=True)
"""


def _run(*command: str, preload: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True, text=True, cwd=PROJECT, env=environment, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_index_survives_kills_disk_errors_damage_and_oom() -> None:
    torture = _run("-m", "tests.support.torture", *COUNTS)
    assert torture.returncode == 0, torture.stdout[-5000:] + torture.stderr[-2000:]
    kinds = re.findall(r"^(.+): \d+ trials \(.+\), 0 failures$", torture.stdout, re.MULTILINE)
    disk = ["failing disk"] if find_compiler() else []
    assert kinds == ["kill -9", *disk, "damage", "no memory"]


@pytest.mark.skipif(find_compiler() is None, reason="needs a C compiler")
def test_read_only_index_can_be_asked_but_not_built(index: Path, tmp_path: Path) -> None:
    library = compile_library(tmp_path)
    child = _run("-c", _ASK_AND_BUILD_READ_ONLY, str(index), QUESTION, preload=library)
    assert "six to twelve months" in child.stdout
    assert child.stdout.splitlines()[-4:] == [
        "ask exited with 0",
        "wrote 0 times",
        "build exited with 1",
        "rollback exited with 1",
    ]
    refused = (
        f"quoth: the index in {index} cannot be written ([Errno 30] Read-only file system: "
        f"'{index / 'lock'}'); check free disk space and permissions, then try again"
    )
    assert child.stderr.splitlines() == [refused, refused]
