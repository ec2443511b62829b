"""Run jobs in a child process that may crash, hang or be killed, and report the outcome."""

import contextlib
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from index.errors import QuothError

_TIMEOUT_SECONDS = 60.0
HANG, CRASH, REFUSED, DONE, KILLED = "hang", "crash", "refused", "done", "killed"


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How a job ended: ``value`` is its return value or an error message.

    ``status`` is REFUSED for a QuothError, and CRASH for a signal or any other exception.
    """

    status: str
    value: Any = None

    @property
    def is_failure(self) -> bool:
        """True if the job ended in a way that it never may."""
        return self.status in {HANG, CRASH}


def run_in_child(job: Callable[[], Any], kill_after: float | None = None) -> ChildResult:
    """Run ``job`` in a fork of this process; kill it after ``kill_after`` seconds."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _run_and_exit(job, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        timeout = _TIMEOUT_SECONDS if kill_after is None else kill_after
        in_time = bool(select.select([pipe.fileno()], [], [], timeout)[0])
        if not in_time:
            os.kill(child, signal.SIGKILL)
        output = pipe.read() if in_time else b""
    _, status = os.waitpid(child, 0)
    if not in_time:
        return ChildResult(HANG if kill_after is None else KILLED)
    return _result(output, status)


def _result(output: bytes, status: int) -> ChildResult:
    if os.WIFSIGNALED(status):
        return ChildResult(CRASH, signal.Signals(os.WTERMSIG(status)).name)
    if not output:
        return ChildResult(CRASH, f"exit status {os.WEXITSTATUS(status)} without output")
    return ChildResult(**json.loads(output))


def _run_and_exit(job: Callable[[], Any], writer: int) -> None:
    """Run the job and exit at once, without the parent's clean-up."""
    with contextlib.suppress(BaseException):
        _silence()
        output = json.dumps(_call(job)).encode()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(output)
    os._exit(0)


def _call(job: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"status": DONE, "value": job()}
    except QuothError as error:
        return {"status": REFUSED, "value": f"{type(error).__name__}: {error}"}
    except BaseException:  # noqa: BLE001 - any other exception is what the tests look for
        return {"status": CRASH, "value": traceback.format_exc()}


def _silence() -> None:
    sys.stdout.flush()
    devnull = os.open(os.devnull, os.O_WRONLY)
    for file in (1, 2):
        os.dup2(devnull, file)


def measure_seconds(job: Callable[[], Any]) -> float:
    """Time a job that must succeed."""
    started = time.perf_counter()
    result = run_in_child(job)
    assert result.status == DONE, result
    return time.perf_counter() - started
