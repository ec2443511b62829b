"""Ending before the time: a process that is told to stop tidies up, and ends the one it started."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator

TERMINATED = 128 + signal.SIGTERM  # exit status, as a shell would tell it
INTERRUPTED = 128 + signal.SIGINT
_PATIENCE_SECONDS = 5.0  # for tidying up; an export or a training step is in nobody's hands


@contextlib.contextmanager
def graceful_shutdown() -> Iterator[None]:
    """SIGTERM ends what runs inside as Ctrl-C does: each ``finally`` is gone through.

    By itself it would end the process on the spot, but not as the first process of a container,
    which would go on until it is killed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # of a program that hosts us: signals are its own affair
        return
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_child(command: list[str], environment: dict[str, str]) -> int:
    """The exit status of a command, which does not outlive this process's own end."""
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - our own command
        try:
            return process.wait()
        finally:
            _end(process)


def _leave(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not break the tidying
    raise SystemExit(TERMINATED)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()  # nothing happens when it has ended
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
