"""Read files of questions: one JSON object a line."""

from collections.abc import Iterator
from pathlib import Path

from index.errors import QuestionError


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Return an iterator over the lines that are not empty, with their numbers from 1.

    Raises QuestionError if the file is not UTF-8.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path} cannot be read as UTF-8 text ({error})") from error
    # JSON strings may contain U+2028 and others at which str.splitlines() divides.
    return ((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
