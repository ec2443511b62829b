"""Logging, configured once by ``main``; everything else only asks for a logger.

People at a terminal read lines; whatever collects logs gets JSON. All that is logged on the way of
one question, in the event loop and in the workers, carries the same short id, which is also what
a member is shown when something breaks.
"""

import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

Style = Literal["auto", "human", "json"]

_request_id: ContextVar[str] = ContextVar("way", default="")


def configure_logging(level: str = "WARNING", style: Style = "auto") -> None:
    """Log to stderr from ``level`` on: DEBUG, INFO, WARNING or ERROR.

    ``style`` auto is for people on a terminal, JSON otherwise.
    """
    human = sys.stderr.isatty() if style == "auto" else style == "human"
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_with_request_id)
    handler.setFormatter(_Human() if human else _Json())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # it tells each build it looks for


@contextmanager
def request_id_scope(request_id: str | None = None) -> Iterator[str]:
    """The way of one question: what is logged inside carries the id that is yielded.

    ``way`` is the id that it has already, in another process.
    """
    token = _request_id.set(request_id or secrets.token_hex(4))
    try:
        yield _request_id.get()
    finally:
        _request_id.reset(token)


def request_id() -> str:
    """The id of the question on whose way this is called; a new one where there is none."""
    return _request_id.get() or secrets.token_hex(4)


def _with_request_id(record: logging.LogRecord) -> bool:
    record.way = _request_id.get()
    return True


class _Human(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)-7s %(name)s: %(mark)s%(message)s", "%Y-%m-%d %H:%M:%S"
        )

    def format(self, record: logging.LogRecord) -> str:
        request_id = getattr(record, "way", "")
        record.mark = f"[{request_id}] " if request_id else ""
        return super().format(record)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "id": getattr(record, "way", ""),
            "message": record.getMessage(),
            "error": self.formatException(record.exc_info) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in values.items() if value})
