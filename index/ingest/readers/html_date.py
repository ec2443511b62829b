"""Find the date on which a page was published: the one shown at its title, or in its metadata."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from index.ingest.parsing.dates import iso_date, local_date
from index.ingest.readers.html_lines import title_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_META_NAMES = set(
    "article:published_time og:published_time og:article:published_time datepublished date dc.date"
    " dc.date.issued dc.date.created dcterms.created dcterms.date pubdate publishdate publish-date"
    " publication_date parsely-pub-date sailthru.date article.published"
    " citation_publication_date".split()
)
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_DATE_LINE_WORDS = 3  # beside the date itself: "Published on Monday, … at nine"
_MAX_DATE_LINE_CHARS = 60
_LINES_AFTER_TITLE = 30
_LINES_BEFORE_TITLE = 8
_MAX_DAYS_APART = 45  # of the date shown and the one in the metadata
_WORD = re.compile(r"[^\W\d_]{2,}")


def page_date(
    tree: "HtmlElement", lines: Sequence[str], title: str | None, language: str | None
) -> str | None:
    """Return the date that a page gives for its article as YYYY-MM-DD; None if it gives none.

    The date that readers see counts if the metadata name none, or one of about the same time:
    they may hold another time zone's day, or that of another edition.
    """
    given = [*_given_dates(tree)]
    shown = _shown_dates(lines, title_line(lines, title), language)
    both = next((day for day in given if day in shown), None)
    if both or not given:
        return both or next(iter(shown), None)
    near = next((day for day in shown if _days_apart(day, given[0]) <= _MAX_DAYS_APART), None)
    return near or given[0]


def _given_dates(tree: "HtmlElement") -> Iterator[str]:
    """Yield the dates in the page's metadata and <time> elements, the surest first."""
    texts = [*_meta_dates(tree), *_json_dates(tree), *_element_dates(tree)]
    yield from filter(None, map(iso_date, texts))


def _meta_dates(tree: "HtmlElement") -> Iterator[str]:
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if name.lower() in _META_NAMES:
            yield meta.get("content") or ""


def _json_dates(tree: "HtmlElement") -> Iterator[str]:
    for script in tree.iter("script"):
        yield from _JSON_DATE.findall(script.text or "")[:1]


def _element_dates(tree: "HtmlElement") -> Iterator[str]:
    follows_title = False
    for element in tree.iter("h1", "time", "abbr", "span", "p", "div"):
        if element.tag == "h1":
            follows_title = True
        elif "datePublished" in (element.get("itemprop") or ""):
            yield element.get("datetime") or element.get("content") or ""
        elif element.tag == "time" and follows_title:
            yield element.get("datetime") or ""
            return


def _shown_dates(lines: Sequence[str], number: int | None, language: str | None) -> Sequence[str]:
    """Return the dates in short lines around the title, the nearest first."""
    if number is None:
        return []
    around = range(
        max(0, number - _LINES_BEFORE_TITLE), min(len(lines), number + _LINES_AFTER_TITLE + 1)
    )
    nearest = sorted(around, key=lambda other: (abs(other - number), other < number))
    dates = (_date_of_line(lines[other], language) for other in nearest)
    return [day for day in dates if day]


def _date_of_line(line: str, language: str | None) -> str | None:
    if len(line) > _MAX_DATE_LINE_CHARS or not any(map(str.isdigit, line)):
        return None
    return local_date(line, language) if len(_WORD.findall(line)) <= _DATE_LINE_WORDS + 1 else None


def _days_apart(day: str, other: str) -> int:
    return abs((date.fromisoformat(day) - date.fromisoformat(other)).days)
