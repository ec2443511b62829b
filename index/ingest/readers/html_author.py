"""Find the author that a page names: in a byline that readers see, not only in metadata.

Metadata alone often hold the agency that built the site, its owner, or the name of an account.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.ingest.parsing.author_names import (
    MAX_BYLINE_CHARS,
    given_names,
    names_after_label,
    names_in_byline,
    names_in_line,
)
from index.ingest.parsing.normalize import clean_line, clean_value
from index.ingest.readers.html_lines import title_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_AUTHOR_NAME = re.compile(  # in class, id, itemprop or rel
    r"(?:^|[\s_-])(?:authors?|bylines?|by-line|autor(?:en?|es)?|auteurs?|autore|writer|verfasser"
    r"|redakteur)(?=$|[\s_-])|author-?name|post-?author|entry-?author|article-?author",
    re.IGNORECASE,
)
_NOT_THE_AUTHOR = re.compile(
    r"comment|form|follow|twitter|facebook|recipe|review|related|teaser|social|share|image"
    r"|photo|caption|credit|archive|signature|user-?info",
    re.IGNORECASE,
)
_OTHER_ARTICLES = re.compile(
    r"related|teaser|widget|sidebar|archive|recent|popular|-list", re.IGNORECASE
)
_COMMENTS = re.compile(
    r"(?:^|[\s_-])comments?(?:-?list|-?body|-?meta|-?area|[\s_-]|$)", re.IGNORECASE
)
_SKIPPED_TAGS = {"html", "head", "body", "meta", "script", "style", "link", "input", "form"}
_OUTSIDE_TAGS = {"nav", "footer", "form", "figure", "figcaption"}
_LINES_BEFORE_TITLE = 8
_LINES_AFTER_TITLE = 25
_MAX_ANCESTORS = 5
_MAX_SEEN_CHARS = 80
_META_AUTHORS = set(
    "author article:author dc.creator dcterms.creator byl parsely-author sailthru.author"
    " citation_author".split()
)
_META_SITES = {"og:site_name", "application-name", "publisher", "article:publisher"}


@dataclass(frozen=True, slots=True)
class _Byline:
    """Names in an element; ``is_elsewhere`` tells that it may belong to another article."""

    names: list[str]
    is_elsewhere: bool


def page_author(tree: "HtmlElement", lines: Sequence[str], title: str | None) -> str | None:
    """Return the names in the byline of a page's article, separated by commas; None without one.

    ``lines`` are those of ``page_lines``.
    """
    around = _around(lines, title_line(lines, title))
    objects = [*_json_objects(tree)]
    given = [*_given_names(tree, objects)]
    bylines = [*_bylines(tree)]
    found = (
        _shown_names([name for name in given if _is_seen(name, around)], bylines, around)
        or next(filter(None, map(names_in_line, around)), None)
        or _labelled_names(lines, around)
        or next((byline.names for byline in bylines if not byline.is_elsewhere), None)
        or [name for name in given if " " in name and _is_seen(name, lines)]
    )
    sites = _site_names(tree, objects)
    return clean_value(", ".join(name for name in found if _squeeze(name) not in sites))


def _around(lines: Sequence[str], number: int | None) -> list[str]:
    """Return the lines around the title, the nearest first."""
    if number is None:
        return list(lines[:_LINES_AFTER_TITLE])
    start, end = max(0, number - _LINES_BEFORE_TITLE), number + _LINES_AFTER_TITLE
    order = sorted(range(start, min(end, len(lines))), key=lambda other: abs(other - number))
    return [lines[other] for other in order if other != number]


def _shown_names(
    given: Sequence[str], bylines: Sequence[_Byline], around: Sequence[str]
) -> Sequence[str] | None:
    """Return the names shown near the title: those in the metadata, or more of them in a byline."""
    near = " \n ".join(around)
    shown = (byline.names for byline in bylines if all(name in near for name in byline.names))
    if not given:
        return next(shown, None)
    return next((names for names in shown if set(names) > set(given)), [*dict.fromkeys(given)])


def _labelled_names(lines: Sequence[str], around: Sequence[str]) -> list[str]:
    """Return the names in the line after a label: "Von" and, in a link, "Jane Doe"."""
    near = set(around)
    pairs = (pair for pair in pairwise(lines) if pair[0] in near)
    return next(filter(None, (names_after_label(*pair) for pair in pairs)), [])


def _bylines(tree: "HtmlElement") -> Iterator[_Byline]:
    """Yield the names in the short elements that their class marks as bylines."""
    for element in tree.iter("*"):
        if element.tag not in _SKIPPED_TAGS and _is_marked(element):
            names = _element_names(element)
            if names:
                yield _Byline(names, _has_named_ancestor(element, _OTHER_ARTICLES))


def _element_names(element: "HtmlElement") -> list[str]:
    """Return the names in a byline: in marked elements inside it, its links, or its text."""
    text = clean_line(" ".join(element.itertext()))
    if not 0 < len(text) <= MAX_BYLINE_CHARS:
        return []
    inner = [part for part in element.iterdescendants("a", "span", "div") if _is_marked(part)]
    parts = (clean_line(" ".join(part.itertext())) for part in inner or element.iter("a"))
    names = [name for part in parts for name in names_in_byline(part)]
    names = [*dict.fromkeys(names or names_in_byline(text))]
    return [name for name in names if " " in name] or names


def _is_marked(element: "HtmlElement") -> bool:
    names = " ".join(element.get(name) or "" for name in ("class", "id", "itemprop", "rel"))
    if not _AUTHOR_NAME.search(names) or _NOT_THE_AUTHOR.search(names):
        return False
    ancestors = islice(element.iterancestors(), _MAX_ANCESTORS)
    is_outside = any(ancestor.tag in _OUTSIDE_TAGS for ancestor in ancestors)
    return not is_outside and not _has_named_ancestor(element, _COMMENTS)


def _has_named_ancestor(element: "HtmlElement", pattern: re.Pattern[str]) -> bool:
    ancestors = islice(element.iterancestors(), _MAX_ANCESTORS)
    names = " ".join(f"{a.get('class') or ''} {a.get('id') or ''}" for a in ancestors)
    return pattern.search(names) is not None


def _is_seen(name: str, lines: Sequence[str]) -> bool:
    folded = name.casefold()
    return any(folded in line.casefold() for line in lines if len(line) <= _MAX_SEEN_CHARS)


def _given_names(tree: "HtmlElement", objects: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the people that the page's metadata name as authors."""
    for meta in tree.iter("meta"):
        if _meta_name(meta) in _META_AUTHORS:
            yield from given_names(meta.get("content") or "")
    names_by_id = {str(item.get("@id")): item["name"] for item in objects if item.get("name")}
    for item in objects:
        authors = item.get("author")
        for author in authors if isinstance(authors, list) else [authors]:
            name = author
            if isinstance(author, dict):
                name = author.get("name") or names_by_id.get(str(author.get("@id")))
            yield from given_names(name if isinstance(name, str) else "")


def _json_objects(tree: "HtmlElement") -> Iterator[dict[str, Any]]:
    """Yield the objects in the page's JSON-LD."""
    waiting: list[Any] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                waiting.append(json.loads(unescape(script.text or ""), strict=False))
            except (ValueError, RecursionError):
                continue
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            yield value
        waiting += value.values() if isinstance(value, dict) else []
        waiting += value if isinstance(value, list) else []


def _site_names(tree: "HtmlElement", objects: Sequence[dict[str, Any]]) -> set[str]:
    """Return the names of the site, which is no author, unless a person has its name."""
    names = [meta.get("content") for meta in tree.iter("meta") if _meta_name(meta) in _META_SITES]
    names += [item.get("name") for item in objects if item.get("@type") == "WebSite"]
    publishers = [item.get("publisher") for item in objects]
    names += [item.get("name") for item in publishers if isinstance(item, dict)]
    links = [link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"]
    links += [meta.get("content") for meta in tree.iter("meta") if _meta_name(meta) == "og:url"]
    hosts = [_host(link or "") for link in links]
    names += [*hosts, *(part for host in hosts for part in host.split(".")[:-1])]
    people = [str(item.get("name")) for item in objects if "Person" in str(item.get("@type"))]
    return {_squeeze(str(name)) for name in names if name} - {
        _squeeze(name) for name in people if " " in name
    }


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _meta_name(meta: "HtmlElement") -> str:
    return (meta.get("property") or meta.get("name") or "").lower()


def _squeeze(name: str) -> str:
    return "".join(re.findall(r"\w+", name.casefold()))
