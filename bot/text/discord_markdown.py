"""Escape text for Discord markdown, so that the text can be read back.

Characters that could be markup get a backslash; invisible characters that affect the display,
such as bidirectional overrides and control characters, are written as ``⟦U+202E⟧``.
"""

import re

from index.text.spans import trim

# Control characters except tab and newline, line separators, bidirectional embeddings, overrides
# and isolates, characters that UTF-8 cannot encode, and the bracket of the notation itself.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff\u27e6]"
    "|\r(?!\n)"
)
# Emphasis, code, spoilers, mentions, links, headings; a colon that starts an emoji or the slashes
# of a URL; an ampersand that starts an entity.
_MARKUP = re.compile(r"[\\*_~|`<>\[\]@#]|:(?=\S)|&(?=[#\w])")
_LIST = re.compile(r"^[ \t]*(?:(?=[-+=])|\d+(?=[.)]))", re.MULTILINE)
# Fenced code: indentation, opening fence, code, and the closing fence unless it is cut off.
_CODE_BLOCK = re.compile(
    r"^([ \t]*)(```[^`\r\n]*)\r?\n((?:(?!```)[\s\S])*?)(?:^[ \t]*```[ \t]*(?=\r?$)|\Z)",
    re.MULTILINE,
)

OMITTED = "[…]"  # not escaped, so quoted text cannot be mistaken for it


def escape(text: str) -> str:
    """Escape ``text`` so that Discord shows it literally: no mentions, links or formatting."""
    return _LIST.sub(r"\g<0>\\", _MARKUP.sub(r"\\\g<0>", _show_hidden(text)))


def _show_hidden(text: str) -> str:
    return _HIDDEN.sub(lambda match: f"⟦U+{ord(match[0]):04X}⟧", text)


def size(text: str) -> int:
    """Return the length in UTF-16 code units, the most that Discord counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def block_quote(text: str, start: int, end: int, mark_start: int, mark_end: int) -> str:
    """Render ``text[start:end]`` as a block quote with ``text[mark_start:mark_end]`` in bold.

    Fenced code is shown as a code block, without bold and without its indentation. Every line
    starts with the quote mark, so the text cannot end the quote. […] stands for omitted text before
    and after.
    """
    body, position = "", start
    for code in [*_CODE_BLOCK.finditer(text, start, end), None]:
        text_end, next_position = code.span() if code else (end, end)
        first, last = (min(max(position, mark), text_end) for mark in (mark_start, mark_end))
        last = max(first, last)
        bold = "\n".join(map(_bold_line, text[first:last].split("\n")))
        body += escape(text[position:first]) + bold + escape(text[last:text_end])
        body += _code_block(*code.groups()) if code else ""
        position = next_position
    before = f"{OMITTED} " if text[:start].strip() else ""
    after = f" {OMITTED}" if text[end:].strip() else ""
    return "\n".join(f"> {line}" for line in f"{before}{body}{after}".split("\n"))


def _code_block(indent: str, fence: str, code: str) -> str:
    """Render code for Discord, which takes a language only directly behind the fence."""
    lines = [line.removeprefix(indent) for line in code.rstrip().split("\n")]
    language = fence.removeprefix("```").strip()
    return "\n".join([f"```{_show_hidden(language)}", *map(_show_hidden, lines), "```"])


def _bold_line(line: str) -> str:
    """Put a line in bold, leaving out the white space at its ends, which would break the bold."""
    start, end = trim(line, 0, len(line))
    if start == end:
        return escape(line)
    return f"{escape(line[:start])}**{escape(line[start:end])}**{escape(line[end:])}"
