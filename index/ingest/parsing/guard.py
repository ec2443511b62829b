"""Libraries at work on files that nobody vouches for."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from index.errors import ReadError
from index.ingest.parsing.names import fit

_MAX_REASON = 160  # characters of a library's own message
_LOGGERS = ("pypdf", "trafilatura", "htmldate", "courlan", "justext", "charset_normalizer")


@contextmanager
def guard_parser(kind: str, wanted: str) -> Iterator[None]:
    """A library's exceptions as a ReadError, its log and its warnings unheard.

    ``kind`` says what the file was taken for ("a PDF"), ``wanted`` what would do instead.
    """
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for name in _LOGGERS:
            stack.enter_context(_silent(logging.getLogger(name)))
        try:
            yield
        except ReadError:
            raise
        except Exception as error:  # hostile files find errors no library names
            raise ReadError(f"cannot be read as {kind} ({_reason(error)}); {wanted}") from error


@contextmanager
def _silent(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _reason(error: Exception) -> str:
    """The library's message in one short printable line."""
    line = " ".join(str(error).split()) or type(error).__name__
    short = line if len(line) <= _MAX_REASON else f"{line[:_MAX_REASON]}…"
    return short if fit(short) else ascii(short)
