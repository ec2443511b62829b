"""Mark the article on pages whose markup does not name it, as people write them by hand.

Where trafilatura knows no element as the article, it collects the paragraphs of the whole page, and
loses all lists, definitions and headings between them.
"""

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content
from index.text.spans import count_characters

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_OUTSIDE_TAGS = ("nav", "aside", "footer", "form", "table", "li")
_MIN_SHARE = 0.6  # of the characters in a page's paragraphs
_MIN_PARAGRAPHS = 3  # in the article
_MAX_PARAGRAPHS = 5_000


def mark_article(tree: "HtmlElement") -> None:
    """Make the element an article whose children are most paragraphs, if none is known as one."""
    from trafilatura.xpaths import BODY_XPATH  # noqa: PLC0415 - importing it takes time

    if any(find(tree) for find in BODY_XPATH):
        return
    chars: dict[HtmlElement, int] = defaultdict(int)
    for paragraph in islice(tree.iter("p"), _MAX_PARAGRAPHS):
        parent = paragraph.getparent()
        if parent is not None and next(paragraph.iterancestors(*_OUTSIDE_TAGS), None) is None:
            chars[parent] += count_characters(text_content(paragraph))
    most = max(chars, key=lambda element: chars[element], default=None)
    if most is None or chars[most] < _MIN_SHARE * sum(chars.values()):
        return
    if len(most.findall("p")) >= _MIN_PARAGRAPHS:
        _make_article(most)


def _make_article(element: "HtmlElement") -> None:
    if element.tag != "body":
        element.tag = "article"
        return
    article = element.makeelement("article", {})
    article.text, element.text = element.text, None
    article.extend([*element])
    element.append(article)
