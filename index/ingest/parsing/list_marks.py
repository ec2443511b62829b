"""Write the numbers of list items as documents show them, and find marks typed into a text."""

import re

BULLET = "- "
_MAX_REPEATED_LETTERS = 5
_MAX_ROMAN = 5_000
_ROMAN_NUMERALS = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_TYPED_MARK = re.compile(
    r"\s*(?P<mark>[•◦‣▪▫●○■□–—·*o-]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,5}|[a-zA-Z]|[ivxlc]{1,5})[.)]?)"
    r"(?:\t\s*|(?<=[•◦‣▪●■])\s+)(?=\S)"
)


def format_number(number: int, kind: str) -> str:
    """Return a number as a list shows it: ``kind`` is 1, a, A, i or I, as in HTML."""
    text = str(number)
    if kind in {"a", "A"} and number > 0:
        repeats, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) * min(repeats + 1, _MAX_REPEATED_LETTERS)
    elif kind in {"i", "I"} and 0 < number < _MAX_ROMAN:
        text = _roman(number)
    return text.upper() if kind.isupper() else text


def split_typed_mark(text: str) -> tuple[str, str]:
    """Split the mark of an item from its text: a bullet, or a number and a tab; "" without one."""
    match = _TYPED_MARK.match(text)
    return (match["mark"], text[match.end() :]) if match else ("", text)


def shown_mark(mark: str) -> str:
    """Return a mark as it opens an item: a number as it is, a hyphen for any bullet."""
    is_number = any(map(str.isalnum, mark)) and mark != "o"  # Word's bullet of the second level
    return f"{mark} " if is_number else BULLET


def _roman(number: int) -> str:
    text = ""
    for value, numeral in _ROMAN_NUMERALS:
        count, number = divmod(number, value)
        text += numeral * count
    return text
