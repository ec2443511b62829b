"""Name the people who wrote the answers on a page of questions, or the replies in a forum.

Such a page has no author of its own: each answer is quoted below the name of who wrote it.
"""

import re
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.normalize import clean_value
from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PAGE = re.compile(r"schema\.org/(?:QAPage|Question|DiscussionForumPosting)\b")
_THREAD = re.compile(r"schema\.org/(?:Question|DiscussionForumPosting)\b")
_POST = re.compile(r"schema\.org/(?:Answer|Comment)\b")
_NAMES = (".//*[@itemprop='author']//*[@itemprop='name']", ".//*[@itemprop='author']")
_MAIN_TEXT = (
    "./descendant::*[@itemprop='text' or @itemprop='articleBody']"
    "[not(ancestor::*[contains(@itemtype, 'schema.org/Answer')"
    " or contains(@itemtype, 'schema.org/Comment')])]"
)
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


def thread_body(tree: "HtmlElement") -> "HtmlElement | None":
    """Return the question and its answers without what stands around them; None if unmarked.

    Names that ``name_posts`` put above the answers are kept. A page of several questions is none.
    """
    typed = _elements(tree, "//*[@itemtype]")
    threads = [each for each in typed if _THREAD.search(each.get("itemtype") or "")]
    posts = [each for each in typed if _POST.search(each.get("itemtype") or "")][:_MAX_POSTS]
    if len(threads) != 1 or not posts:
        return None
    texts = [_elements(threads[0], _MAIN_TEXT)[:1], *(_elements(each, _TEXT)[:1] for each in posts)]
    if not all(texts):
        return None
    body = tree.makeelement("body", {})
    chosen = dict.fromkeys(text for (text,) in texts)
    for text in chosen:
        if chosen.keys().isdisjoint(text.iterancestors()):  # not inside another one
            copied = deepcopy(text)
            copied.tail = None
            body.append(copied)
    return body


def _author(post: "HtmlElement") -> str | None:
    found = (element for path in (*_NAMES, _USER) for element in islice(_elements(post, path), 1))
    names = (
        clean_value(text_content(element) or element.get("content") or "") for element in found
    )
    return next((name for name in names if name and len(name) <= _MAX_NAME_CHARS), None)


def _elements(element: "HtmlElement", path: str) -> "list[HtmlElement]":
    found = element.xpath(path)
    return [*found] if isinstance(found, list) else []
