"""Read files of questions: one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.errors import QuestionError

_EXPECTED = 'expected {"id": …, "question": …} on each line'


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return an iterator over the JSON objects of the lines, with their numbers from 1.

    Raises QuestionError if the file is empty or not UTF-8, and while iterating, for a line that is
    not an object.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise QuestionError(f"{path} cannot be read ({error.strerror}); {_EXPECTED}") from error
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"{path} is not UTF-8 text (byte {error.start} is invalid); save it as UTF-8"
        ) from error
    if not text.strip():
        raise QuestionError(f"{path} is empty; {_EXPECTED}")
    # JSON strings may contain U+2028 and others at which str.splitlines() divides.
    lines = enumerate(text.split("\n"), 1)
    return ((n, _parse_line(f"{path}, line {n}", line)) for n, line in lines if line.strip())


def _parse_line(place: str, line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"{place}: not valid JSON ({_reason(error)}); {_EXPECTED}") from error
    if not isinstance(values, dict):
        raise QuestionError(f"{place}: not an object; {_EXPECTED}")
    return values


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
