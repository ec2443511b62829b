"""Jobs in a child that may be killed, may crash or may hang, and what came of them."""

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

_PATIENCE_SECONDS = 60.0
HANG, CRASH, REFUSED, DONE, KILLED = "hang", "crash", "refused", "done", "killed"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: ``value`` is what it returned, or what was said."""

    how: str
    value: Any = None

    @property
    def bad(self) -> bool:
        """Whether it ended as nothing of ours may."""
        return self.how in {HANG, CRASH}


def apart(job: Callable[[], Any], kill_after: float | None = None) -> Ending:
    """Run ``job`` in a child of this process; kill it after so many seconds, if wished."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _be_the_child(job, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        patience = _PATIENCE_SECONDS if kill_after is None else kill_after
        in_time = _wait(told.fileno(), patience)
        if not in_time:
            os.kill(child, signal.SIGKILL)
        said = told.read() if in_time else b""
    _, status = os.waitpid(child, 0)
    return _ending(said, status, in_time=in_time, wished=kill_after is not None)


def _wait(file: int, seconds: float) -> bool:
    return bool(select.select([file], [], [], seconds)[0])


def _ending(said: bytes, status: int, *, in_time: bool, wished: bool) -> Ending:
    if not in_time:
        return Ending(KILLED if wished else HANG)
    if os.WIFSIGNALED(status):
        return Ending(CRASH, signal.Signals(os.WTERMSIG(status)).name)
    if not said:
        return Ending(CRASH, f"exit status {os.WEXITSTATUS(status)} without a word")
    values = json.loads(said)
    return Ending(values["how"], values["value"])


def _be_the_child(job: Callable[[], Any], writing: int) -> None:
    """Never returns: nothing of the parent may happen twice."""
    with contextlib.suppress(BaseException):
        _silence()
        said = json.dumps(_outcome(job)).encode()
        with os.fdopen(writing, "wb") as telling:
            telling.write(said)
    os._exit(0)


def _outcome(job: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"how": DONE, "value": job()}
    except QuothError as error:
        return {"how": REFUSED, "value": f"{type(error).__name__}: {error}"}
    except BaseException:  # noqa: BLE001 - whatever it is, it is what we look for
        return {"how": CRASH, "value": traceback.format_exc()}


def _silence() -> None:
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for file in (1, 2):
        os.dup2(nowhere, file)


def seconds(job: Callable[[], Any]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    ending = apart(job)
    assert ending.how == DONE, ending
    return time.perf_counter() - started
