"""Run third-party parsers on untrusted files."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import ReadError
from index.ingest.parsing.normalize import is_printable

_MAX_REASON_CHARS = 160
_NOISY_LOGGERS = ("trafilatura", "htmldate", "courlan", "justext", "charset_normalizer")


@contextmanager
def guard_parser(kind: str, expected: str) -> Iterator[None]:
    """Turn a library's exceptions into ReadError, and silence its logging and warnings.

    ``kind`` names the expected format ("a PDF"), ``expected`` says what to provide instead.
    """
    loggers = [logging.getLogger(name) for name in _NOISY_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ReadError:
        raise
    except Exception as error:  # malformed files raise exceptions that no library documents
        raise ReadError(f"cannot be read as {kind} ({_reason(error)}); {expected}") from error
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def error_line(error: Exception) -> str:
    """Return an exception's message on one line, or its type if it has no message."""
    return " ".join(str(error).split()) or type(error).__name__


def _reason(error: Exception) -> str:
    line = error_line(error)
    short = line if len(line) <= _MAX_REASON_CHARS else f"{line[:_MAX_REASON_CHARS]}…"
    return short if is_printable(short) else ascii(short)
