"""Mark the teasers of other articles on a page: their authors and dates are not the article's.

A teaser is a box around a heading that links to another page.
"""

import re
from collections.abc import Iterable
from copy import deepcopy
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.metadata.author_names import is_full_name
from index.ingest.parsing.normalize import words_of
from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.elements import HEADING_TAGS

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MARK = "data-other-article"
_MAX_HEADINGS = 500
_MAX_CHARS = 800  # of a box
_MAX_CLIMB = 6
_MAX_LINKS = 5
_MIN_WORDS = 2  # of a link that names an article
_NAME = re.compile(r"(?:^|[\s_-])(?:teasers?|related|recent|popular)(?=$|[\s_-])", re.IGNORECASE)


def mark_teasers(tree: "HtmlElement", titles: Iterable[str]) -> None:
    """Mark the boxes around headings that link to other pages; not one that ``titles`` name."""
    folded = [f" {words_of(title)} " for title in titles]
    for heading in islice(tree.iter(*HEADING_TAGS[1:]), _MAX_HEADINGS):
        if _leads_elsewhere(heading) and _names_another(heading, folded):
            _box(heading).set(_MARK, "")
    for element in tree.iter("div", "li", "article", "aside", "section"):
        if _is_named_teaser(element.get("class") or "") and _is_box(element, folded):
            element.set(_MARK, "")


def without_teasers(tree: "HtmlElement") -> "HtmlElement":
    """Return a page without the marked boxes: a copy if it has any."""
    path = f".//*[@{_MARK}]"
    if tree.find(path) is None:
        return tree
    copied = deepcopy(tree)
    while (box := copied.find(path)) is not None:
        box.drop_tree()
    return copied


def is_teaser(element: "HtmlElement") -> bool:
    """Return whether an element is the marked box of another article."""
    return element.get(_MARK) is not None


def is_in_teaser(element: "HtmlElement") -> bool:
    """Return whether an element is inside the marked box of another article."""
    return is_teaser(element) or any(map(is_teaser, element.iterancestors()))


@lru_cache(maxsize=4096)  # most elements share their class with others
def _is_named_teaser(names: str) -> bool:
    return _NAME.search(names) is not None


def _names_another(element: "HtmlElement", titles: Iterable[str]) -> bool:
    """Return whether an element's text is neither a title of the page nor a person's name."""
    line = " ".join(text_content(element).split())
    text = words_of(line)
    return bool(text) and not is_full_name(line) and not any(f" {text} " in each for each in titles)


def _is_box(element: "HtmlElement", titles: Iterable[str]) -> bool:
    """Return whether an element is short and has a link that names another article."""
    if len(text_content(element)) > _MAX_CHARS or next(element.iter("h1"), None) is not None:
        return False
    links = (link for link in element.iter("a") if not (link.get("href") or "#").startswith("#"))
    return any(
        len(text_content(link).split()) >= _MIN_WORDS and _names_another(link, titles)
        for link in islice(links, _MAX_LINKS)
    )


def _leads_elsewhere(heading: "HtmlElement") -> bool:
    link = next(heading.iter("a"), None)
    link = next(heading.iterancestors("a"), None) if link is None else link
    if link is None or (link.get("href") or "#").startswith("#"):
        return False
    return words_of(text_content(heading)) in words_of(text_content(link))


def _box(heading: "HtmlElement") -> "HtmlElement":
    """Return the largest element around a heading that is short and holds no other heading."""
    box = heading
    for around in islice(heading.iterancestors(), _MAX_CLIMB):
        headings = list(islice(around.iter(*HEADING_TAGS), 2))
        if around.tag == "body" or len(headings) > 1 or len(text_content(around)) > _MAX_CHARS:
            break
        box = around
    return box
