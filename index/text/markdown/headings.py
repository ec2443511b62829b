"""Write headings in HTML as those of Markdown, and make the anchors of headings.

Many pages on GitHub have `<h1 align="center">Name</h1>`, or a heading for each question.
"""

import re

_HEADING = re.compile(
    r"(?:\A|(?<=\n\n)|(?<=\n\r\n))"
    r"(?P<opening>[ \t]*<h(?P<level>[1-6])\b[^<>\n]*>)(?P<break>[ \t]*\r?\n)?"
    r"(?P<text>[^\r\n]+?)(?P<indent>\r?\n[ \t]*)?(?P<closing></h(?P=level)>)"
    r"(?=[ \t]*(?:\r?\n[ \t]*\r?\n|\s*\Z))",
    re.IGNORECASE,
)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def heading_slug(heading: str) -> str:
    """Return the id that GitHub and most site generators make of the text of a heading."""
    return _NOT_IN_SLUG.sub("", heading.strip().lower()).replace(" ", "-")


def write_headings(text: str, start: int = 0) -> str:
    """Return a text of the same length, in which headings in HTML are headings of Markdown.

    Only those between blank lines are: others belong to the HTML around them.
    """
    return text[:start] + _HEADING.sub(_written, text[start:]) if "</h" in text else text


def _written(heading: re.Match[str]) -> str:
    level, opening = int(heading["level"]), heading["opening"]
    if heading["break"] and heading["indent"]:  # underlined
        underline = ("=" if level == 1 else "-") * len(heading["closing"])
        blank = " " * len(opening)
        return f"{blank}{heading['break']}{heading['text']}{heading['indent']}{underline}"
    if heading["break"] or heading["indent"]:
        return heading[0]
    marks = "#" * min(level, len(opening) - 1)
    return f"{marks:{len(opening)}}{heading['text']}{'':{len(heading['closing'])}}"
