"""Find the date on which a page was published: the one shown at its title, or in its metadata."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from index.ingest.parsing.dates import iso_date, local_date
from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.metadata.head import HeadMetadata
from index.ingest.readers.html.metadata.page_lines import PageLines
from index.ingest.readers.html.metadata.teasers import is_in_teaser

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_META_NAMES = (
    "article:published_time og:published_time og:article:published_time datepublished date dc.date"
    " dc.date.issued dc.date.created dcterms.created dcterms.date pubdate publishdate publish-date"
    " publication_date parsely-pub-date sailthru.date article.published"
    " citation_publication_date".split()
)
_EUROPEAN_MIDNIGHT = re.compile(r"T2[23]:00:00(?:\.0+)?Z")
_PUBLISHED = re.compile(r"published|entry-date|pubdate", re.IGNORECASE)
_NOT_PUBLISHED = re.compile(r"modified|updated(?!.*published)|comment", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:datum|stand|date|fecha|data)\s*:"
    r"|(?:erschienen|veröffentlicht|aktualisiert|published|updated|publicado|publié|pubblicato)"
    r"(?: am| on| el| le| il|\s*:)",
    re.IGNORECASE,
)
_DATELINE = re.compile(r"\s*([^-–—|:]{8,20}?)\s+[-–—|:]\s")
_DATE_LINE_WORDS = 3  # beside the date itself: "Published on Monday, … at nine"
_MAX_DATE_LINE_CHARS = 60
_LINES_AFTER_TITLE = 30
_LINES_BEFORE_TITLE = 8
_MAX_DAYS_APART = 45  # of the date shown and the one in the metadata
_WORD = re.compile(r"[^\W\d_]{2,}")


def page_date(
    tree: "HtmlElement", head: HeadMetadata, lines: PageLines, language: str | None
) -> str | None:
    """Return the date that a page gives for its article as YYYY-MM-DD; None if it gives none.

    The date that readers see counts if the metadata name none, or one of about the same time:
    they may hold another time zone's day, or that of another edition.
    """
    given = [*_given_dates(tree, head, language)]
    shown = [*_shown_dates(lines, language)]
    both = next((day for day in given if day in shown), None)
    if both or not given:
        return both or next(iter(shown), None) or _labelled_date(lines, language)
    near = next((day for day in shown if _days_apart(day, given[0]) <= _MAX_DAYS_APART), None)
    return near or given[0]


def _given_dates(tree: "HtmlElement", head: HeadMetadata, language: str | None) -> Iterator[str]:
    """Yield the dates in the page's metadata and <time> elements, the surest first."""
    texts = [*head.meta(*_META_NAMES), *head.values("datePublished"), *_element_dates(tree)]
    days = (iso_date(text) and _local_day(text, language) for text in texts)
    yield from (day for day in days if day)


def _local_day(text: str, language: str | None) -> str | None:
    """Return the day of a date; an editor's midnight in central Europe is an hour before in UTC."""
    day = iso_date(text)
    if day and language not in {None, "en"} and _EUROPEAN_MIDNIGHT.search(text):
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    return day


def _element_dates(tree: "HtmlElement") -> list[str]:
    """Return the dates in microdata, and in the <time> that is named or first after the title."""
    published: list[str] = []
    named: list[str] = []
    after_title: list[str] = []
    follows_title = False
    for element in _outside_teasers(tree.iter("h1", "time", "abbr", "span", "p", "div")):
        names = f"{element.get('itemprop') or ''} {element.get('class') or ''}"
        text = element.get("datetime") or element.get("content") or ""
        if element.tag == "time":
            text = text or text_content(element)
        if element.tag == "h1":
            follows_title = True
        elif "datePublished" in names:
            published.append(text)
        elif element.tag == "time" and not _NOT_PUBLISHED.search(names):
            if _PUBLISHED.search(names):
                named.append(text)
            elif follows_title and not after_title:
                after_title.append(text)
    return [*published, *(named[:1] if not after_title or len(named) == 1 else []), *after_title]


def _outside_teasers(elements: "Iterator[HtmlElement]") -> "Iterator[HtmlElement]":
    return (element for element in elements if element.tag != "time" or not is_in_teaser(element))


def _shown_dates(lines: PageLines, language: str | None) -> Iterator[str]:
    """Yield the dates in short lines around the title, the nearest first."""
    if lines.title is not None:
        around = lines.around(_LINES_BEFORE_TITLE, _LINES_AFTER_TITLE)
        around.insert(0, lines.texts[lines.title])
        yield from filter(None, (_date_of_line(line, language) for line in around))


def _labelled_date(lines: PageLines, language: str | None) -> str | None:
    """Return the date after a label such as "Published:" in the first line that has one."""
    for line, following in pairwise((*lines.texts, "")):
        if label := _LABEL.search(line[:_MAX_DATE_LINE_CHARS]):
            rest = line[label.end() :].strip(" :") or following
            return local_date(rest[:_MAX_DATE_LINE_CHARS], language)
    return None


def _date_of_line(line: str, language: str | None) -> str | None:
    """Return the date in a short line, or at the start of a paragraph: "3.4.2024 - The mayor"."""
    if dateline := _DATELINE.match(line):
        line = dateline[1]
    if len(line) > _MAX_DATE_LINE_CHARS:
        return None
    is_dated = any(map(str.isdigit, line)) and len(_WORD.findall(line)) <= _DATE_LINE_WORDS + 1
    return local_date(line, language) if is_dated else None


def _days_apart(day: str, other: str) -> int:
    return abs((date.fromisoformat(day) - date.fromisoformat(other)).days)
