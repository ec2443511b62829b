"""Separate words that only the layout of a page keeps apart: a day and its hours in a row."""

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PARENTS = ("li", "div", "p", "td", "th", "dt", "dd", "a", "h2", "h3", "h4")
_PARTS = {"span", "strong", "b", "em", "time", "small", "a"}
_NAME = re.compile(r"[a-zA-Z]{3,}(?:[_-]+[a-zA-Z]+)*")  # says what a part is, unlike c3
_CODE = {"pre", "code", "kbd", "samp", "tt"}
_MIN_CHARS = 2  # a single letter may be a drop cap


def separate_parts(tree: "HtmlElement") -> None:
    """Put a space between parts of a row that have names of their own and no text around them."""
    for row in tree.iter(*_PARENTS):
        if len(row) > 1 and _has_only_parts(row):
            for part, following in pairwise(row):
                if _are_apart(part, following):
                    part.tail = " "


def _has_only_parts(row: "HtmlElement") -> bool:
    texts = (row.text, *(part.tail for part in row))
    if any(text and text.strip() for text in texts) or any(part.tag not in _PARTS for part in row):
        return False
    return row.tag not in _CODE and all(each.tag not in _CODE for each in row.iterancestors())


def _are_apart(part: "HtmlElement", following: "HtmlElement") -> bool:
    """Return whether two parts are named differently, and their words would be read as one."""
    names = [_NAME.fullmatch((each.get("class") or "").strip()) for each in (part, following)]
    if part.tail or not all(names) or part.get("class") == following.get("class"):
        return False
    before, after = text_content(part), text_content(following)
    are_long = min(len(before.strip()), len(after.strip())) >= _MIN_CHARS
    return are_long and before[-1].isalnum() and after[0].isalnum()
