"""Join the pages of plain texts that were laid out for printing, as RFCs and converted PDFs are.

Pages end in a form feed. Running heads and page numbers, the lines at the edges that stand on many
pages, are left out: they would cut sentences that go on overleaf.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from index.ingest.parsing.heuristics import ends_sentence
from index.text.spans import has_words

_PAGE_LABEL = re.compile(r"(\[Page \d{1,4}\])[ \t]*\r?\n(?:\s*\f)?")  # ends the pages of RFCs
_MIN_PAGES, _MAX_PAGES = 3, 20_000
_MIN_SHARE = 0.3  # of the pages; running heads of left and right pages differ
_MAX_EDGE_LINES = 3
_MIN_LINE_CHARS = 50  # of a line that goes on below; headings are shorter
_NUMBER = re.compile(r"\d+")


def join_pages(text: str) -> str:
    """Return a text without running heads and page numbers; as it is if it has no pages."""
    pages = _PAGE_LABEL.sub(r"\1\n\f", text).split("\f")
    if not _MIN_PAGES <= len(pages) <= _MAX_PAGES:
        return text
    lines = [page.strip("\r\n").splitlines(keepends=True) for page in pages]
    heads = _recurring([page[:_MAX_EDGE_LINES] for page in map(_with_words, lines[1:])])
    feet = _recurring([page[-_MAX_EDGE_LINES:] for page in map(_with_words, lines)])
    if not heads and not feet:
        return text
    numbers = {head for head in heads if not has_words(head)}  # the first page has the title
    parts: list[str] = []
    for number, page in enumerate(lines):
        opening = _edge(page, heads if number else numbers)
        closing = len(page) - _edge(page[::-1], feet)
        body = "".join(page[opening:closing]).strip("\r\n").rstrip()
        if body:
            parts += [_gap(parts[-1], body), body] if parts else [body]
    return "".join([*parts, "\n"])


def _with_words(page: Sequence[str]) -> list[str]:
    return [line for line in page if line.strip()]


def _recurring(edges: Sequence[Iterable[str]]) -> set[str]:
    """Return the lines, with # for numbers, that stand at the edges of many pages."""
    counts = Counter(shape for edge in edges for shape in {*map(_shape, edge)})
    least = max(_MIN_PAGES - 1, _MIN_SHARE * len(edges))
    return {shape for shape, count in counts.items() if count >= least}


def _shape(line: str) -> str:
    return _NUMBER.sub("#", " ".join(line.split()))


def _edge(page: Sequence[str], recurring: set[str]) -> int:
    """Return how many lines at the edge of a page are running heads, with those around them."""
    end = 0
    for number, line in enumerate(page, 1):
        if line.strip() and _shape(line) not in recurring:
            break
        end = number
    return end


def _gap(before: str, body: str) -> str:
    """Return what separates two pages: a line end where a sentence goes on, else a blank line."""
    first, last_line = body.lstrip()[0], before.rpartition("\n")[2]
    if ends_sentence(before) or before.endswith((":", ";")) or not first.isalpha():
        return "\n\n"
    return "\n" if not first.isupper() or len(last_line) >= _MIN_LINE_CHARS else "\n\n"
