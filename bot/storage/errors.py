"""Errors of the store, whichever database it is in.

QuothError
└── StoreError       the store cannot be used; the message names it
    └── StoreInUse   another bot uses it (bot.storage.lock)
DatabaseError        a statement failed; ``problem`` says why if the bot is not to blame
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from index.errors import QuothError


class StoreError(QuothError):
    """The store cannot be used; the message names it."""


class StoreProblem(StrEnum):
    """Reasons for which the store fails that are no fault of the bot, and may pass."""

    FULL = "full"
    READ_ONLY = "read-only"
    LOCKED = "locked"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"


class DatabaseError(Exception):
    """A statement failed; ``problem`` is None if the bot is to blame."""

    def __init__(self, message: str, problem: StoreProblem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


def store_problem(error: Exception) -> StoreProblem | None:
    """Return the reason for a database error, or None if the bot is to blame."""
    return error.problem if isinstance(error, DatabaseError) else None


@contextmanager
def import_driver() -> Iterator[None]:
    """Say how to install the driver of PostgreSQL if it is missing. Raises StoreError."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise StoreError(
            f"QUOTH_STORE names a PostgreSQL database, and {error.name} is not installed; "
            "run `pip install 'quoth[cluster]'`"
        ) from error
