"""Help trafilatura where it loses an article's structure.

Where it knows no element as the article, as on pages written by hand, it collects the paragraphs of
the whole page without lists, definitions and headings. Of a short article it takes the words only.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
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
_MIN_WIDER_CHARS = 1_000  # in the paragraphs of a page whose article may be a wider element
_MAX_PART_SHARE = 0.3  # of them, in what is only a part of the article
_MIN_WHOLE_SHARE = 0.8  # of them, in the whole of it
_FIRST_CHOICE = "post-content"  # a class by which trafilatura knows an article before all others
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
    if next(tree.iter("article", "main"), None) is not None or _known_body(tree) is not None:
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


def _known_body(tree: "HtmlElement") -> "HtmlElement | None":
    """Return the element that trafilatura takes for the body of the article."""
    from trafilatura.xpaths import BODY_XPATH  # noqa: PLC0415 - importing it takes time

    return next((found[0] for find in BODY_XPATH if (found := _elements(find(tree)))), None)


def wider_page(tree: "HtmlElement") -> "HtmlElement | None":
    """Return a copy of a page whose article is the element around nearly all of its paragraphs.

    None unless trafilatura takes an element with few of them for the article: some pages give the
    name of an article's body to its parts, or to a teaser.
    """
    body, known = tree.find("body"), _known_body(tree)
    if body is None or known is None:
        return None
    chars = _paragraph_chars(tree, known)
    total = chars[body]
    if total < _MIN_WIDER_CHARS or chars[known] > _MAX_PART_SHARE * total:
        return None
    page = deepcopy(tree)
    wide, element = page.find("body"), body
    while (place := _place_of_most(element, chars, total)) is not None:
        element, wide = element[place], wide[place]
    _make_article(wide).set("class", _FIRST_CHOICE)
    return page


def _place_of_most(
    element: "HtmlElement", chars: "Mapping[HtmlElement, int]", total: int
) -> int | None:
    """Return the place of the child that holds nearly all paragraphs."""
    least = _MIN_WHOLE_SHARE * total
    return next((n for n, child in enumerate(element) if chars.get(child, 0) >= least), None)


def _paragraph_chars(tree: "HtmlElement", known: "HtmlElement") -> "dict[HtmlElement, int]":
    """Count the characters of the paragraphs in each element, except those of other articles."""
    from trafilatura.xpaths import REMOVE_COMMENTS_XPATH  # noqa: PLC0415 - as above

    outside = {each for find in REMOVE_COMMENTS_XPATH for each in _elements(find(tree))}
    outside.update(tree.iter(*_OUTSIDE_TAGS, "article", "figure"))
    outside.difference_update((known, *known.iterancestors()))
    chars: dict[HtmlElement, int] = defaultdict(int)
    for paragraph in islice(tree.iter("p"), _MAX_PARAGRAPHS):
        ancestors = [*paragraph.iterancestors()]
        if outside.isdisjoint(ancestors):
            count = count_characters(text_content(paragraph))
            for each in ancestors:
                chars[each] += count
    return chars


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


def _make_article(element: "HtmlElement") -> "HtmlElement":
    if element.tag != "body":
        element.tag = "article"
        return element
    article = element.makeelement("article", {})
    article.text, element.text = element.text, None
    article.extend([*element])
    element.append(article)
    return article


def join_parts(tree: "HtmlElement") -> None:
    """Move the parts of an article that advertisements stand between into the first of them.

    trafilatura reads only the first element that it knows as an article's body.
    """
    body = _known_body(tree)
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
