"""What files say about themselves, made fit for a citation; what is unfit counts as unsaid."""

import re
from urllib.parse import urlsplit

from index.ingest.parsing.builder import one_line

_LONGEST = 500  # characters of a title, a name, a link
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\s*\Z")
_UNSAID = {"", "~", "none", "null", "unknown", "undefined", "untitled", "n/a", "und", "mul", "zxx"}


def short(text: str | None) -> str | None:
    """A title or a name in one line; None where there is none, or a whole paragraph."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    line = one_line(printable)
    return None if line.lower() in _UNSAID or len(line) > _LONGEST else line


def names(text: str | None) -> str | None:
    """Authors' names with a comma between them, where many files put a semicolon."""
    return short(", ".join(one_line(name) for name in (text or "").split(";") if name.strip()))


def link(text: str | None) -> str | None:
    """An http or https link; None for anything else."""
    written = (text or "").strip()
    try:
        parts = urlsplit(written)
        host = parts.hostname
    except ValueError:
        return None
    fit = parts.scheme in {"http", "https"} and bool(host) and written.isprintable()
    return written if fit and " " not in written and len(written) <= _LONGEST else None


def language_code(text: str | None) -> str | None:
    """The language of a tag such as en-GB: its first part in small letters."""
    code = _LANGUAGE.match(text or "")
    return None if code is None or code[1].lower() in _UNSAID else code[1].lower()
