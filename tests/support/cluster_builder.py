"""Builds in a cluster by a process that kills itself at a chosen step, as a lost machine would."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from index.build.cluster import ClusterBuild, build_in_cluster
from index.store.backend import ClusterAddress

_CONTEXT = get_context("forkserver")  # what it preloads is imported once
_CONTEXT.set_forkserver_preload(["tests.support.cluster_builder", "pymilvus"])
_STEPS = ("index/cluster/", "index/build/cluster.py")


class _Steps:
    """Counts the functions of the build that were called, and kills the process at one."""

    def __init__(self, kill_at: int | None) -> None:
        self.names: list[str] = []
        self._kill_at = kill_at

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and any(step in code.co_filename for step in _STEPS):
            name = f"{Path(code.co_filename).stem}.{code.co_name}"
            if name not in self.names:
                self.names.append(name)
                if len(self.names) == self._kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _counted(kill_at: int | None) -> Iterator[list[str]]:
    steps = _Steps(kill_at)
    sys.setprofile(steps)
    try:
        yield steps.names
    finally:
        sys.setprofile(None)


def _run(
    seeds: Path, address: ClusterAddress, kill_at: int | None, folder: str, result: Connection
) -> None:
    tempfile.tempdir = folder
    with _counted(kill_at) as names:
        build_in_cluster(ClusterBuild(seeds, address))
    result.send(names)


def build_and_die(seeds: Path, address: ClusterAddress, kill_at: int | None) -> list[str] | None:
    """Build in a process that kills itself at a step, counted from 1.

    Return the steps in order if it came to its end, None if it was killed.
    """
    receive, send = _CONTEXT.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:  # a process that is killed leaves its files
        process = _CONTEXT.Process(target=_run, args=(seeds, address, kill_at, folder, send))
        process.start()
        send.close()
        try:
            names: list[str] = receive.recv()
        except EOFError:
            process.join()
            assert process.exitcode == -signal.SIGKILL
            return None
        process.join()
        return names
