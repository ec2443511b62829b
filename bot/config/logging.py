"""Logging configuration and request ids.

Only ``main`` configures logging; every other module just asks for a logger. Terminals get plain
lines, log collectors get JSON. Everything logged while one request is handled, in the event loop
or in a worker, carries the same short request id, which the member also sees when something fails.
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

_HUMAN_FORMATTER = logging.Formatter(
    "%(asctime)s %(levelname)-7s %(name)s: %(prefix)s%(message)s", "%Y-%m-%d %H:%M:%S"
)

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure_logging(level: str = "WARNING", style: Style = "auto") -> None:
    """Log to stderr from ``level`` up: DEBUG, INFO, WARNING or ERROR.

    The style ``auto`` means ``human`` on a terminal and ``json`` otherwise.
    """
    human = sys.stderr.isatty() if style == "auto" else style == "human"
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_request_id)
    handler.setFormatter(_HUMAN_FORMATTER if human else _JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # faiss logs at INFO which CPU-specific build of itself it loads.
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)
    # It logs every attempt to connect, with several lines each; failures are logged once by us.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


@contextmanager
def request_id_scope() -> Iterator[str]:
    """Attach a new request id to everything logged inside, and yield it."""
    token = _request_id.set(secrets.token_hex(4))
    try:
        yield _request_id.get()
    finally:
        _request_id.reset(token)


def request_id() -> str:
    """Return the current request id, or a new one outside of a request."""
    return _request_id.get() or secrets.token_hex(4)


def _add_request_id(record: logging.LogRecord) -> bool:
    current = record.request_id = _request_id.get()
    record.prefix = f"[{current}] " if current else ""
    return True


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "id": getattr(record, "request_id", ""),
            "message": record.getMessage(),
            "error": self.formatException(record.exc_info) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in values.items() if value})
