"""Untrusted text → Discord markdown that shows it as it is, and back.

``unescape(escape(text)) == text`` for every text. A backslash before each character that could
mean something; what a reader cannot see but a display obeys (bidirectional overrides, control
characters) is spelled out as ``⟦U+202E⟧``.
"""

import re

# Spelled out: control characters but tab and newline, line separators, bidirectional embeddings,
# overrides and isolates, what UTF-8 cannot carry, and the bracket that spells them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff\u27e6]"
    "|\r(?!\n)"
)
# Emphasis, code, spoilers, mentions, links, headings; a colon that begins an emoji or a URL's
# slashes; an ampersand that begins an entity.
_MARKUP = re.compile(r"[\\*_~|`<>\[\]@#]|:(?=\S)|&(?=[#\w])")
_LIST = re.compile(r"^([ \t]*)([-+=])", re.MULTILINE)
_NUMBERED = re.compile(r"^([ \t]*\d+)([.)])", re.MULTILINE)
_ESCAPED = re.compile(r"⟦U\+([0-9A-F]{4,6})⟧|\\([^0-9A-Za-z\s])")
_MARKER = re.compile(r"(\\.)|\*\*", re.DOTALL)

OMITTED = "[…]"  # unescaped, so no text can look like it to unquote()


def escape(text: str) -> str:
    """``text`` so that Discord shows it as it is: no mention, link, format or hidden character."""
    shown = _HIDDEN.sub(lambda match: f"⟦U+{ord(match[0]):04X}⟧", text)
    shown = _MARKUP.sub(r"\\\g<0>", shown)
    shown = _LIST.sub(r"\1\\\2", shown)
    return _NUMBERED.sub(r"\1\\\2", shown)


def unescape(display: str) -> str:
    """The text that ``escape`` was given."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], display)


def size(text: str) -> int:
    """Length as Discord may count it at most: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def block_quote(text: str, start: int, end: int, mark_start: int, mark_end: int) -> str:
    """``text[start:end]`` as a block quote with ``text[mark_start:mark_end]`` in bold.

    Every line carries the quote's sign, so no text can close it. What is left out before or
    after is marked with […].
    """
    first, last = max(start, min(mark_start, end)), max(start, min(mark_end, end))
    body = escape(text[start:first]) + _bold(text[first:last]) + escape(text[last:end])
    before = f"{OMITTED} " if text[:start].strip() else ""
    after = f" {OMITTED}" if text[end:].strip() else ""
    return "\n".join(f"> {line}" for line in f"{before}{body}{after}".split("\n"))


def unquote(display: str) -> str:
    """The slice that ``block_quote`` was given."""
    body = "\n".join(line.removeprefix("> ") for line in display.split("\n"))
    body = body.removeprefix(f"{OMITTED} ").removesuffix(f" {OMITTED}")
    return unescape(_MARKER.sub(lambda match: match[1] or "", body))


def _bold(text: str) -> str:
    return "\n".join(map(_bold_line, text.split("\n")))


def _bold_line(line: str) -> str:
    """In bold but for the white space around, inside which bold would not be bold."""
    core = line.strip()
    if not core:
        return escape(line)
    before, _, after = line.partition(core)
    return f"{escape(before)}**{escape(core)}**{escape(after)}"
