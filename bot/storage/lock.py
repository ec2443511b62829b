"""Keep a second bot from the store of one that runs: both would answer every question.

A store in PostgreSQL is shared by processes with different shards; see bot.services.coordination.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.config.store_location import PostgresUrl
from bot.storage.databases.sqlite import FULL_DISK_ERRORS
from bot.storage.errors import StoreError

log = logging.getLogger(__name__)

_ADVICE = {
    False: "or set QUOTH_STORE and DISCORD_TOKEN to others",
    True: (
        "or give each process other shards (QUOTH_SHARDS), or set QUOTH_STORE and DISCORD_TOKEN to "
        "others"
    ),
}


class StoreInUse(StoreError):
    """Another process uses the store; ``process`` is its id, or "unknown"."""

    def __init__(self, location: Path | PostgresUrl, process: str) -> None:
        super().__init__(
            f"another bot (process {process}) uses the store {location}, and two would answer "
            f"every question twice; stop that one, {_ADVICE[isinstance(location, PostgresUrl)]}"
        )
        self.process = process


@contextmanager
def lock_store(path: Path) -> Iterator[None]:
    """Hold the file of a store for this process; it is free again when the process ends.

    Raises StoreInUse if another process holds it, StoreError if its folder cannot be written.
    """
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_path.open("a+")
    except OSError as error:
        if error.errno in FULL_DISK_ERRORS:
            log.warning("cannot lock the bot's store %s (%s); run `quoth doctor`", path, error)
            yield
            return
        raise StoreError(
            f"cannot use the bot's store {path} ({error.strerror}); "
            "make its folder writable or set QUOTH_STORE to another file"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise StoreInUse(path, lock.read() or "unknown") from error
        with suppress(OSError):  # a full disk
            os.truncate(lock.fileno(), 0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        yield
