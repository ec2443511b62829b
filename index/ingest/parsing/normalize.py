"""Clean up text, file names and metadata values that come from files."""

import re
from pathlib import PurePosixPath

from index.text.urls import is_http_url

MAX_VALUE_CHARS = 500  # of a title, a name or a URL
LANGUAGE_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*(?:\.[\w-]+)?\s*\Z")
_EMPTY_VALUES = {
    *("", "~", "none", "null", "unknown", "undefined", "untitled", "n/a"),
    *("und", "mul", "zxx"),  # ISO 639-2: undetermined, multiple languages, no linguistic content
}
_ROLES = set(  # that stand where the name of an author belongs
    "anonymous|anonym|anonyme|anónimo|admin|administrator|user|owner|author|authors|root|guest"
    "|webmaster|default|test|noreply|no-reply|nobody|unknown author|unbekannt|site admin"
    "|microsoft office user|microsoft|python-docx|none given|by|n.n".split("|")
)
_MACHINE_NAME = re.compile(
    r"(?:ARRAY|HASH|SCALAR|CODE)\(0x[0-9a-f]+\)|\[object \w+\]"
    r"|(?-i:[A-Z0-9]{1,8}(?::[A-Z0-9]{1,8})+)"
    r"|https?://\S+|\S+@\S+\.\w+|[\W\d_]+|[0-9a-f]{12,}|[0-9a-f-]{36}|\{+[^{}]*\}+|<[^<>]*>|%\w+%"
    r"|(?:admin|user|author)[_-]?\d*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_EMAIL = re.compile(r"[<(\[]?(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+[>)\]]?")
_BY = re.compile(r"\A[Bb]y:? (?=[A-Z])")
# Control characters (except tab and line feed), lone surrogates and noncharacters.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# The same with all line breaks and bidirectional overrides, which would reorder the text shown next
# to a title or a heading.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def remove_controls(text: str) -> str:
    """Replace control characters and lone surrogates with spaces."""
    return _CONTROLS.sub(" ", text)


def clean_lines(text: str) -> str:
    """Remove control characters, trim every line and drop empty lines."""
    lines = remove_controls(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(filter(None, map(str.strip, lines)))


def clean_line(text: str) -> str:
    """Join ``text`` into one line without control characters or direction overrides."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def words_of(text: str) -> str:
    """Return the words of ``text`` in lower case, with a space between, to compare titles."""
    return " ".join(_WORD.findall(text.casefold()))


def printable_line(text: str) -> str:
    """Join ``text`` into one line, with a space for every character that cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def clean_value(text: str | None) -> str | None:
    """Return a title or a name as one line; None for a placeholder or a whole paragraph."""
    line = printable_line(text or "")
    return None if line.lower() in _EMPTY_VALUES or len(line) > MAX_VALUE_CHARS else line


def author_names(text: str | None) -> str | None:
    """Return authors' names separated by commas; many formats separate them by semicolons.

    Names that programs and templates put there are left out, as are addresses beside names.
    """
    names = map(_bare_name, (text or "").split(";"))
    return clean_value(", ".join(name for name in names if name and not is_machine_author(name)))


def _bare_name(text: str) -> str:
    """Return a name without the address beside it: ``Jane Doe <jane@example.org>``."""
    name = clean_line(_EMAIL.sub(" ", clean_line(text))).strip(" ,")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    return _BY.sub("", name.removeprefix("@"))


def is_machine_author(name: str) -> bool:
    """Return whether a name is a placeholder, a role, an account or the output of a program."""
    return name.casefold().strip(" .") in _ROLES or _MACHINE_NAME.fullmatch(name) is not None


def http_link(text: str | None) -> str | None:
    """Return an http or https URL that is safe to show; None for anything else."""
    url = (text or "").strip()
    is_safe = url.isprintable() and " " not in url and len(url) <= MAX_VALUE_CHARS
    return url if is_safe and is_http_url(url) else None


def language_code(text: str | None) -> str | None:
    """Return the primary subtag of a language tag in lower case: ``en`` for ``en-GB``."""
    tag = LANGUAGE_TAG.match(text or "")
    return None if tag is None or tag[1].lower() in _EMPTY_VALUES else tag[1].lower()


def slugify(title: str) -> str:
    """Return a file name for a title: its words in lower case, joined by hyphens."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or "article"


def is_printable(name: str) -> bool:
    """Return whether a file name can be shown as it is, on one line."""
    return _UNPRINTABLE.search(name) is None


def printable(name: str) -> str:
    """Return a file name in printable form: escaped and quoted if it has to be."""
    return name if is_printable(name) else ascii(name)


def suffix_of(path: str) -> str:
    """Return the suffix of a path in lower case, with its dot; empty if it has none."""
    return PurePosixPath(path).suffix.lower()


def title_from_path(path: str) -> str:
    """Derive a title from a file name: ``notes/using-quoth.md`` becomes "Using quoth"."""
    stem = PurePosixPath(path).stem
    # A name with spaces, as Obsidian's notes have, was written as a title.
    separators = r"\s+" if " " in stem.strip() else r"[\s_-]+"
    title = " ".join(re.split(separators, stem)).strip() or stem
    return title[:1].upper() + title[1:]
