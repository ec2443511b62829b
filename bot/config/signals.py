"""Graceful shutdown on SIGTERM, and child processes that end with their parent."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator

TERMINATED = 128 + signal.SIGTERM  # exit statuses as shells report them
INTERRUPTED = 128 + signal.SIGINT
_CHILD_GRACE_SECONDS = 5.0  # a child may be inside a model export, where no signal gets through


@contextlib.contextmanager
def graceful_shutdown() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, so that every ``finally`` block inside still runs.

    By default SIGTERM kills a process on the spot, except the first process of a container, which
    ignores it until it is killed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # a program that embeds us handles its own signals
        return
    previous_handler = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous_handler)


def _exit(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not interrupt the cleanup
    raise SystemExit(TERMINATED)


def run_child(command: list[str], environment: dict[str, str]) -> int:
    """Run a command that ends when this process does, and return its exit status."""
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - our own command
        try:
            return process.wait()
        finally:
            process.terminate()  # does nothing if it has already ended
            try:
                process.wait(_CHILD_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
