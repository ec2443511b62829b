"""List the short lines of a page in reading order, to look around its title."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SKIPPED = {"script", "style", "nav", "aside", "footer", "select", "option", "form", "figure"}
_WHOLE = {"h1", "h2", "h3", "time"}
_MAX_LINES = 5_000


def page_lines(tree: "HtmlElement") -> list[str]:
    """Return the pieces of text in a page's body, headings and dates whole."""
    body = tree.find("body")
    return [] if body is None else [*islice(_lines(body), _MAX_LINES)]


def title_line(lines: Sequence[str], title: str | None) -> int | None:
    """Return the number of the first line that holds the title."""
    return next((number for number, line in enumerate(lines) if title and title in line), None)


def _lines(body: "HtmlElement") -> Iterator[str]:
    from lxml import etree  # noqa: PLC0415 - only marked-up files need it

    events = etree.iterwalk(body, events=("start", "end"))
    for event, element in events:
        if event == "start" and element.tag in _SKIPPED:
            events.skip_subtree()
        elif event == "start" and element.tag in _WHOLE:
            yield " ".join(text_content(element).split())
            events.skip_subtree()
        else:
            piece = element.text if event == "start" else element.tail
            if piece and piece.strip():
                yield " ".join(piece.split())
