"""Find the quotations in a Discord message."""

import re

from index.verification.verify import MAX_TEXT_CHARS

MAX_QUOTATIONS = 3  # of a message, so that all results fit into one
_BLOCK_QUOTE = re.compile(r"^>>> [\s\S]+|(?:^> ?.*\n?)+", re.MULTILINE)
_QUOTE_MARK = re.compile(r"^>(?:>>)? ?", re.MULTILINE)
_IN_MARKS = re.compile(r"[“\"„«]([^“”\"„«»]{15,}?)[”\"“»]")
_MIN_WORDS = 4  # in quotation marks; fewer are names and single words
_LINK = re.compile(r"\[([^\]\n]+)\]\(<?https?://[^)\s]+\)")
_SMALL_OR_HEADING = re.compile(r"^(?:-#|#{1,3}) ", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\\)(?:\*{1,3}|__|~~|\|\||`+)|(?<![\w\\])_|(?<!\\)_(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def quotations_in(text: str) -> list[str]:
    """Return the block quotes of a message, else its texts in quotation marks, else all of it.

    Discord's markdown is left out. At most MAX_QUOTATIONS, each of MAX_TEXT_CHARS at most.
    """
    blocks = [_QUOTE_MARK.sub("", match[0]) for match in _BLOCK_QUOTE.finditer(text)]
    in_marks = [each for each in _IN_MARKS.findall(text) if len(each.split()) >= _MIN_WORDS]
    found = (without_markdown(each).strip() for each in blocks or in_marks or [text])
    return [each[:MAX_TEXT_CHARS] for each in found if each][:MAX_QUOTATIONS]


def without_markdown(text: str) -> str:
    """Return a text as Discord shows it."""
    text = _SMALL_OR_HEADING.sub("", _LINK.sub(r"\1", text))
    return _ESCAPE.sub(r"\1", _EMPHASIS.sub("", text))
