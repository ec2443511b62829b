"""Write text for Discord markdown, so that the text can be read back.

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

OMITTED = "[…]"  # not escaped, so quoted text cannot be mistaken for it


def escape(text: str) -> str:
    """Escape ``text`` so that Discord shows it literally: no mentions, links or formatting."""
    return _LIST.sub(r"\g<0>\\", _MARKUP.sub(r"\\\g<0>", show_hidden(text)))


def show_hidden(text: str) -> str:
    """Write the code points of invisible characters."""
    return _HIDDEN.sub(lambda match: f"⟦U+{ord(match[0]):04X}⟧", text)


def size(text: str) -> int:
    """Return the length in UTF-16 code units, the most that Discord counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def in_stars(stars: str, content: str) -> str:
    """Put content in stars, leaving out the white space at its ends, which would break them."""
    start, end = trim(content, 0, len(content))
    if start == end or not stars:
        return content
    return f"{content[:start]}{stars}{content[start:end]}{stars}{content[end:]}"


def code_block(language: str, code: str) -> str:
    """Render code, which must not contain the fence that would end it."""
    return f"```{show_hidden(language)}\n{show_hidden(code.rstrip())}\n```"
