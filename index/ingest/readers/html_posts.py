"""Name the people who wrote the answers on a page of questions, or the replies in a forum.

Such a page has no author of its own: each answer is quoted below the name of who wrote it.
"""

import re
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.normalize import clean_value
from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PAGE = re.compile(r"schema\.org/(?:QAPage|Question|DiscussionForumPosting)\b")
_POST = re.compile(r"schema\.org/(?:Answer|Comment)\b")
_NAMES = (".//*[@itemprop='author']//*[@itemprop='name']", ".//*[@itemprop='author']")
_TEXT = ".//*[@itemprop='text' or @itemprop='articleBody']"
_USER = ".//*[contains(@class, 'user-details') or contains(@class, 'author')]//a"
_MAX_POSTS = 1_000
_MAX_NAME_CHARS = 60


def name_posts(tree: "HtmlElement") -> bool:
    """Put the names of authors as headings above their answers; False if there are none."""
    typed = _elements(tree, "//*[@itemtype]")
    if not any(_PAGE.search(element.get("itemtype") or "") for element in typed):
        return False
    posts = [post for post in typed if _POST.search(post.get("itemtype") or "")][:_MAX_POSTS]
    named = [(post, name) for post in posts if (name := _author(post))]
    for post, name in named:
        for author in _elements(post, _NAMES[-1]):
            author.drop_tree()  # its name becomes the heading
        text = next(iter(_elements(post, _TEXT)), post)
        heading = text.makeelement("h2", {})
        heading.text, heading.tail, text.text = name, text.text, None
        text.insert(0, heading)
    return bool(named)


def _author(post: "HtmlElement") -> str | None:
    found = (element for path in (*_NAMES, _USER) for element in islice(_elements(post, path), 1))
    names = (
        clean_value(text_content(element) or element.get("content") or "") for element in found
    )
    return next((name for name in names if name and len(name) <= _MAX_NAME_CHARS), None)


def _elements(element: "HtmlElement", path: str) -> "list[HtmlElement]":
    found = element.xpath(path)
    return [*found] if isinstance(found, list) else []
