"""File names as people read them."""

import re
from pathlib import PurePosixPath

# Line and paragraph separators, controls, lone surrogates, and what turns the reading direction.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def fit(name: str) -> bool:
    """Whether the name can be shown in one line as it is."""
    return _UNFIT.search(name) is None


def shown(name: str) -> str:
    """The name in one printable line: as it is where it can be, else escaped and in quotes."""
    return name if fit(name) else ascii(name)


def title_of(path: str) -> str:
    """A title from a file's name: ``notes/using-quoth.md`` is called "Using quoth"."""
    stem = PurePosixPath(path).stem
    words = " ".join(re.split(r"[\s_-]+", stem)).strip() or stem
    return words[:1].upper() + words[1:]
