"""Read Discord markdown back, to prove that messages show exact quotes."""

import re

from bot.text.discord_markdown import OMITTED

_ESCAPED = re.compile(r"⟦U\+([0-9A-F]{4,6})⟧|\\([^0-9A-Za-z\s])")
CODE_BLOCK = re.compile(r"^(```[^`\n]*\n(?:(?!```)[\s\S])*?^```)$", re.MULTILINE)
_HIDDEN = re.compile(r"⟦U\+([0-9A-F]{4,6})⟧")
_BOLD_MARK = re.compile(r"(\\.)|\*\*", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")


def unescape(display: str) -> str:
    """Return the text that ``escape`` was given."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], display)


def unquote(display: str) -> str:
    """Return the slice that ``block_quote`` was given.

    Code loses its indentation, and gets a closing fence if it was cut off.
    """
    body = "\n".join(line.removeprefix("> ") for line in display.split("\n"))
    body = body.removeprefix(f"{OMITTED} ").removesuffix(f" {OMITTED}")
    parts = CODE_BLOCK.split(body)
    parts[::2] = [unescape(_BOLD_MARK.sub(_drop_bold_mark, part)) for part in parts[::2]]
    parts[1::2] = [_HIDDEN.sub(lambda match: chr(int(match[1], 16)), part) for part in parts[1::2]]
    return "".join(parts)


def _drop_bold_mark(match: re.Match[str]) -> str:
    return match[1] or ""


def shown_words(display: str) -> list[str]:
    """Return the words that Discord shows for a rendered quote, in order, without signs."""
    lines = [line.removeprefix("> ") for line in display.split("\n")]
    body = "\n".join(line for line in lines if not re.match(r"```\S*\Z", line))
    body = re.sub(rf"^{re.escape(OMITTED)}\s|\s{re.escape(OMITTED)}\Z", "", body)
    return _WORD.findall(unescape(re.sub(r"(?<!\\)[*`]", "", body)))


def is_subsequence(words: list[str], others: list[str]) -> bool:
    """Return whether the words stand among the others in the same order."""
    rest = iter(others)
    return all(word in rest for word in words)
