"""Help trafilatura where it loses an article's structure.

Where it knows no element as the article, as on pages written by hand, it collects the paragraphs of
the whole page without lists, definitions and headings. Of a short article it takes the words only.
"""

import re
from collections import defaultdict
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any

from index.ingest.parsing.safe_xml import text_content
from index.text.spans import count_characters

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_SECTION_NAME = re.compile(
    r"(?:^|\s)(?:sect\d|sectionbody|section|chapter|appendix|preface|paragraph|level\d)(?=$|\s)"
)
_OUTSIDE_TAGS = ("nav", "aside", "footer", "form", "table", "li")
_MIN_SHARE = 0.6  # of the characters in a page's paragraphs
_MIN_PARAGRAPHS = 3  # in the article
_MAX_PARAGRAPHS = 5_000
_MAX_SHORT_CHARS = 3_000
_MAX_LINKED_SHARE = 0.2
_MIN_PART_CHARS = 500  # in the paragraphs of a part; comments and teasers are shorter
_OPENING_TAGS = {"h1", "h2", "h3", "time", "article"}  # of another article
_PARTS_OR_OPENINGS = (
    "following::*[self::h1 or self::h2 or self::h3 or self::time or self::article"
    " or (name() = $tag and @class = $names)]"
)
_NOT_TEXT = "nav aside footer form button figure script style template".split()


def mark_article(tree: "HtmlElement") -> None:
    """Make the element an article whose children are most paragraphs, if none is known as one."""
    from trafilatura.xpaths import BODY_XPATH  # noqa: PLC0415 - importing it takes time

    if next(tree.iter("article", "main"), None) is not None or any(f(tree) for f in BODY_XPATH):
        return
    paragraphs: dict[HtmlElement, list[int]] = defaultdict(list)  # their characters
    for paragraph in islice(tree.iter("p"), _MAX_PARAGRAPHS):
        if next(paragraph.iterancestors(*_OUTSIDE_TAGS), None) is None:
            chars = count_characters(text_content(paragraph))
            paragraphs[_outside_sections(paragraph)].append(chars)
    most = max(paragraphs, key=lambda element: sum(paragraphs[element]), default=None)
    if most is None or len(paragraphs[most]) < _MIN_PARAGRAPHS:
        return
    if sum(paragraphs[most]) >= _MIN_SHARE * sum(map(sum, paragraphs.values())):
        _make_article(most)


def _outside_sections(paragraph: "HtmlElement") -> "HtmlElement":
    """Return the element that a paragraph is in, outside of the sections of a document."""
    parents = paragraph.iterancestors()
    outside = (each for each in parents if each.tag == "body" or not _is_section(each))
    return next(outside, paragraph)


def _is_section(element: "HtmlElement") -> bool:
    """Return whether an element is a section, also as Asciidoctor, DocBook and Sphinx mark it."""
    return element.tag == "section" or (
        element.tag == "div" and _SECTION_NAME.search(element.get("class") or "") is not None
    )


def short_article(tree: "HtmlElement") -> "HtmlElement | None":
    """Return a copy of the only article on a page if it is short, without navigation in it.

    A page without an element for its article is one if it has few links.
    """
    for path in (".//article[not(ancestor::article)]", ".//main", ".//*[@role='main']"):
        found = tree.xpath(path)
        if isinstance(found, list) and len(found) == 1:
            return _without_navigation(found[0])
    body = tree.find("body")
    article = None if body is None else _without_navigation(body)
    return article if article is not None and _has_few_links(article) else None


def _without_navigation(element: "HtmlElement") -> "HtmlElement | None":
    """Return a copy of an element without navigation in it; None if it is long."""
    if count_characters(text_content(element)) > _MAX_SHORT_CHARS:
        return None
    article = deepcopy(element)
    article.tail = None
    for each in [*article.iter(*_NOT_TEXT)]:
        each.drop_tree()
    return article


def _has_few_links(article: "HtmlElement") -> bool:
    linked = sum(count_characters(text_content(link)) for link in article.iter("a"))
    return linked <= _MAX_LINKED_SHARE * count_characters(text_content(article))


def is_only_words(body: "_Element") -> bool:
    """Return whether an extraction is one paragraph without markup: a page's bare words."""
    return len(body) == 1 and body[0].tag == "p" and not len(body[0])


def _make_article(element: "HtmlElement") -> None:
    if element.tag != "body":
        element.tag = "article"
        return
    article = element.makeelement("article", {})
    article.text, element.text = element.text, None
    article.extend([*element])
    element.append(article)


def join_parts(tree: "HtmlElement") -> None:
    """Move the parts of an article that advertisements stand between into the first of them.

    trafilatura reads only the first element that it knows as an article's body.
    """
    from trafilatura.xpaths import BODY_XPATH  # noqa: PLC0415 - as above

    body = next((found[0] for find in BODY_XPATH if (found := _elements(find(tree)))), None)
    if body is None or not body.get("class") or _prose_chars(body) < _MIN_PART_CHARS:
        return
    for part in _parts_after(body):
        part.drop_tree()
        part.tail = None
        body.append(part)


def _parts_after(body: "HtmlElement") -> "list[HtmlElement]":
    """Return the long elements like an article's body that follow it before another begins."""
    parts: list[HtmlElement] = []
    found = body.xpath(_PARTS_OR_OPENINGS, tag=str(body.tag), names=body.get("class") or "")
    for element in _elements(found):
        if parts and parts[-1] in element.iterancestors():
            continue
        if element.tag in _OPENING_TAGS or _prose_chars(element) < _MIN_PART_CHARS:
            break
        parts.append(element)
    return parts


def _elements(found: Any) -> "list[HtmlElement]":
    """Return the result of an XPath expression that finds elements."""
    return found if isinstance(found, list) else []


def _prose_chars(element: "HtmlElement") -> int:
    return sum(count_characters(text_content(each)) for each in element.iter("p"))
