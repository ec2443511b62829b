"""Leave out of an error message what only the bot's operator may see: paths and process ids."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

# At least two components, so that "/ask" stays; not the path of a link.
_ABSOLUTE_PATH = re.compile(r"(?<![\w/:.~])(?:~|\.{1,2})?(?:/[^\s/'\"()<>|:;,`]+){2,}/?")
_PROCESS = re.compile(r"\b(?:process|pid) \d+", re.IGNORECASE)


def redact(text: str, folders: Iterable[Path] = ()) -> str:
    """Replace absolute paths, and those of ``folders`` as configured, by their last names."""
    known = {str(form): each.name for each in folders for form in (each, each.absolute())}
    for path in sorted(known, key=len, reverse=True):
        text = text.replace(path, known[path])
    text = _ABSOLUTE_PATH.sub(lambda match: PurePosixPath(match[0]).name, text)
    return _PROCESS.sub("another process", text)
