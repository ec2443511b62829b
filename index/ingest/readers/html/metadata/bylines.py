"""Find the elements of a page that hold a byline: by class, microdata, or a link to an author."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.metadata.author_names import (
    MAX_BYLINE_CHARS,
    account_names,
    is_full_name,
    is_not_written,
    names_in_byline,
    names_in_line,
)
from index.ingest.parsing.normalize import clean_line
from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.metadata.page_lines import FOR_MACHINES
from index.ingest.readers.html.metadata.teasers import is_in_teaser

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_AUTHOR_NAME = re.compile(  # in class, id, itemprop or rel
    r"(?:^|[\s_-])(?:authors?|bylines?|by-line|autor(?:en?|es)?|auteurs?|autore|writer|verfasser"
    r"|redakteur|submitted)(?=$|[\s_-])|author-?name|post-?author|entry-?author|article-?author",
    re.IGNORECASE,
)
_AUTHOR_LINK = re.compile(
    r"/(?:authors?|autor(?:en?|es|in)?|auteurs?|autore|redakteure?|writers?|contributors?"
    r"|columnists?)/[^/]|[?&]author=\w",
    re.IGNORECASE,
)
_MEMBER_LINK = re.compile(  # to the page of a member who wrote a post, by a number
    r"\A(?:https?://(?P<host>[^/]+))?/(?:members?|users?|profiles?|user-\w+)/(?:\?\w+=)?\d+",
    re.IGNORECASE,
)
_POST = re.compile(r"(?:^|\s)(?:post|entry|article)-(?:meta|footer|info)", re.IGNORECASE)
_OTHER_ARTICLES = re.compile(
    r"related|teaser|(?<!-)widget|sidebar|archive|recent|popular|-list", re.IGNORECASE
)
_APART = re.compile(  # in a comment, or not for readers
    r"(?:^|\s)comments?(?:[\s_-]|$)|comments?-?(?:list|body|meta|area|content)"
    rf"|{FOR_MACHINES.pattern}",
    re.IGNORECASE,
)
_NAME_ATTRIBUTES = {"class", "id", "itemprop", "rel"}
_SKIPPED_TAGS = {"html", "head", "body", "meta", "script", "style", "link", "input", "form"}
_OUTSIDE_TAGS = {"nav", "footer", "form", "figure", "figcaption", "blockquote"}
_HIDDEN = re.compile(r"display:\s*none", re.IGNORECASE)
_MAX_ANCESTORS = 5
_MAX_LINE_ANCESTORS = 3
_MAX_LABEL_CHARS = 30  # "Translated by"


@dataclass(frozen=True, slots=True)
class Byline:
    """Names in an element; ``is_certain`` tells that it belongs to the article of the page."""

    names: tuple[str, ...]
    is_certain: bool


def find_bylines(tree: "HtmlElement", site: str) -> list[Byline]:
    """List the names in the elements that are marked as bylines, in document order.

    ``site`` is the host of the page: links to its members name those who wrote a post; on a later
    page of a thread, posts by others than its author.
    """
    bylines: list[Byline] = []
    has_members = tree.find(".//link[@rel='prev']") is None
    for element in tree.iter("*"):
        if element.tag in _SKIPPED_TAGS:
            continue
        is_marked = _is_marked(element)
        if not (is_marked or (has_members and _is_member(element, site))) or _is_outside(element):
            continue
        if names := _whole_byline(element) or _element_names(element):
            is_certain = is_marked and not _has_named_ancestor(element, _OTHER_ARTICLES)
            bylines.append(Byline(names, is_certain))
    return bylines


def _whole_byline(element: "HtmlElement") -> tuple[str, ...]:
    """Return the names in the line around an element if it begins as a byline: "By Jane Doe, …"."""
    for around in islice(element.iterancestors(), _MAX_LINE_ANCESTORS):
        text = clean_line(" ".join(around.itertext()))
        if len(text) > MAX_BYLINE_CHARS or around.tag in _SKIPPED_TAGS:
            break
        names = names_in_line(text) if not is_not_written(text) else []
        if len(names) > 1:
            return tuple(dict.fromkeys(names))
    return ()


def _element_names(element: "HtmlElement") -> tuple[str, ...]:
    """Return the names in a byline: in marked elements inside it, its links, or its text."""
    text = clean_line(" ".join(element.itertext()))
    if not text:
        return ()
    if len(text) > MAX_BYLINE_CHARS:
        return ()
    inner = [part for part in element.iterdescendants("a", "span", "div") if _is_marked(part)]
    inner = [part for part in inner if not is_not_written(_label(part))]
    parts = (clean_line(" ".join(part.itertext())) for part in inner or element.iter("a"))
    names = [name for part in parts for name in names_in_byline(part)]
    names = names or names_in_byline(text) or _names_of_account(element) or _names_in_piece(element)
    names = [*dict.fromkeys(names)]
    return tuple([name for name in names if " " in name] or names)


def _names_in_piece(element: "HtmlElement") -> list[str]:
    """Return the full name in the first piece of text that is one, unless of a translator."""
    if is_not_written(text_content(element)):
        return []
    pieces = map(clean_line, map(str, element.itertext()))
    return next(([piece] for piece in pieces if is_full_name(piece)), [])


def _names_of_account(element: "HtmlElement") -> list[str]:
    """Return the name in a link to an author, or in microdata, that need not look like a name."""
    parts = (part for part in element.iter("a", "span", "div") if _is_account(part))
    return next(filter(None, (account_names(" ".join(part.itertext())) for part in parts)), [])


def _is_account(element: "HtmlElement") -> bool:
    is_named = "author" in {element.get("rel"), element.get("itemprop")}
    return is_named or _AUTHOR_LINK.search(element.get("href") or "") is not None


def _is_marked(element: "HtmlElement") -> bool:
    """Return whether an element is named for an author, or a link to one."""
    attributes = element.items()
    if any(name in _NAME_ATTRIBUTES and _is_named_for_author(text) for name, text in attributes):
        return True
    is_link = element.tag == "a" and _AUTHOR_LINK.search(element.get("href") or "") is not None
    return is_link and not _is_in_prose(element)


def _is_member(element: "HtmlElement", site: str) -> bool:
    """Return whether an element is a link to the page of a member of the site."""
    link = _MEMBER_LINK.match(element.get("href") or "") if element.tag == "a" else None
    return link is not None and (link["host"] or site).removeprefix("www.") == site


@lru_cache(maxsize=4096)  # most elements share their class with others
def _is_named_for_author(names: str) -> bool:
    return _AUTHOR_NAME.search(names) is not None


def _is_in_prose(link: "HtmlElement") -> bool:
    """Return whether a link is part of a paragraph, where it leads to a page about someone."""
    parent = link.getparent()
    is_paragraph = parent is not None and parent.tag in {"p", "li", "blockquote"}
    return is_paragraph and len(text_content(parent)) > MAX_BYLINE_CHARS


def _is_outside(element: "HtmlElement") -> bool:
    """Return whether an element is in a comment, or another part that is not the article's."""
    if is_in_teaser(element):
        return True
    tags = {ancestor.tag for ancestor in islice(element.iterancestors(), _MAX_ANCESTORS)}
    if "footer" in tags and (tags & {"article", "header"} or _has_named_ancestor(element, _POST)):
        tags.remove("footer")  # of the article
    if not tags.isdisjoint(_OUTSIDE_TAGS) or _has_named_ancestor(element, _APART):
        return True
    if any(map(_is_hidden, (element, *islice(element.iterancestors(), _MAX_ANCESTORS)))):
        return True
    return is_not_written(_label(element))


def _is_hidden(element: "HtmlElement") -> bool:
    """Return whether readers never see an element: names for search engines stand in such."""
    return _HIDDEN.search(element.get("style") or "") is not None


def _label(element: "HtmlElement") -> str:
    """Return the text right before an element, inside the same parent."""
    parent, previous = element.getparent(), element.getprevious()
    own = previous.tail if previous is not None else parent.text if parent is not None else ""
    if previous is not None and isinstance(previous.tag, str) and not (own or "").strip(": \t\r\n"):
        own = text_content(previous)
    return (own or "")[-_MAX_LABEL_CHARS:]


def _has_named_ancestor(element: "HtmlElement", pattern: re.Pattern[str]) -> bool:
    ancestors = [element, *islice(element.iterancestors(), _MAX_ANCESTORS)]
    names = " ".join(f"{a.get('class') or ''} {a.get('id') or ''}" for a in ancestors)
    return pattern.search(names) is not None
