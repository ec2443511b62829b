"""List the short lines of a page in reading order, to look around its title."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.metadata.teasers import is_teaser

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SKIPPED = {"script", "style", "nav", "aside", "footer", "select", "option", "form", "figure"}
_HEADINGS = {"h1", "h2", "h3"}
_CREDIT = re.compile(  # of a picture
    r"(?:^|[\s_-])(?:(?:photo|image|video|picture|media)[\s_-]?credits?|caption)(?=$|\s|-text)",
    re.IGNORECASE,
)
FOR_MACHINES = re.compile(r"rich-?snippet|structured-data")  # in the class of hidden metadata
_MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class PageLines:
    """The pieces of text in a page's body; ``title`` is the number of the article's title.

    ``headings`` are the numbers of all headings.
    """

    texts: tuple[str, ...]
    title: int | None
    headings: frozenset[int]

    def around(self, before: int, after: int) -> list[str]:
        """Return the lines around the title, the nearest first; the first ones without a title."""
        title = self.title
        if title is None:
            return [*self.texts[:after]]
        numbers = range(max(0, title - before), min(title + after, len(self.texts)))
        distances = sorted((abs(number - title), number < title, number) for number in numbers)
        return [self.texts[number] for distance, _, number in distances if distance]


def page_lines(tree: "HtmlElement", title: str | None) -> PageLines:
    """List the pieces of text in a page's body, with headings and dates whole."""
    body = tree.find("body")
    lines = [] if body is None else [*islice(_lines(body), _MAX_LINES)]
    with_title = [number for number, (text, _) in enumerate(lines) if title and title in text]
    first_headings = (number for number in with_title if lines[number][1] == "h1")
    number = next(first_headings, next(iter(with_title), None))
    headings = frozenset(number for number, (_, tag) in enumerate(lines) if tag in _HEADINGS)
    return PageLines(tuple(text for text, _ in lines), number, headings)


def _lines(body: "HtmlElement") -> Iterator[tuple[str, str]]:
    """Yield lines with their heading's tag, empty outside headings.

    The parts of a lower heading follow it: some pages have their byline in it.
    """
    from lxml import etree  # noqa: PLC0415 - only marked-up files need it

    events = etree.iterwalk(body, events=("start", "end"))
    for event, element in events:
        tag = element.tag
        if event == "start" and _is_skipped(element):
            events.skip_subtree()
            continue
        if event == "start" and (tag in _HEADINGS or tag == "time"):
            yield " ".join(text_content(element).split()), tag
            if tag in {"h1", "time"} or not len(element):
                events.skip_subtree()
                continue
        piece = element.text if event == "start" else element.tail
        if piece and piece.strip():
            yield " ".join(piece.split()), ""


def _is_skipped(element: "HtmlElement") -> bool:
    names = element.get("class") or ""
    if element.tag in _SKIPPED or is_teaser(element) or is_fact(element):
        return True
    return bool(FOR_MACHINES.search(names) or _CREDIT.search(names))


def is_fact(element: "HtmlElement") -> bool:
    """Return whether an element is a row of a table of facts: "Founded | February 28, 1998"."""
    if element.tag != "tr":
        return False
    return [cell.tag for cell in element if isinstance(cell.tag, str)] == ["th", "td"]
