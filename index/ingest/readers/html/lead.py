"""Find the lead of an article, which many pages keep between its title and its body.

trafilatura takes one element for the article, and drops a teaser or an introduction before it.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_LEAD_NAME = re.compile(  # in a class or id
    r"lead|teaser|intro|chapo|excerpt|sub-?(?:head|title)|abstract|summary|preface|standfirst"
    r"|vorspann|entradilla|bajada|copete|sumario|(?:^|[\s_-])(?:dec?k|description|sapo|hero)"
    r"(?=$|[\s_-])",
    re.IGNORECASE,
)
_LEAF_TAGS = ("p", "div", "h2", "h3", "h4")
_BLOCK_TAGS = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "section")
_OUTSIDE = {"nav", "aside", "footer", "form", "figure", "ul", "ol", "table", "a", "button"}
_DESCRIPTIONS = {"description", "og:description", "twitter:description"}
_MIN_CHARS = 40
_MAX_CHARS = 1_500
_OPENING_CHARS = 40  # that a lead shares with the page's description
_MAX_LINKED_SHARE = 0.3
_MAX_NAMED_ANCESTORS = 3
_MAX_LEADS = 4
_MAX_LEAVES = 3_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text block of the page; ``lead`` is a copy of its element if it may be a lead."""

    text: str
    lead: "HtmlElement | None"


def find_leaves(tree: "HtmlElement") -> list[Leaf]:
    """List the text blocks of a page in order, before trafilatura changes the page."""
    descriptions = [*_descriptions(tree)]
    leaves: list[Leaf] = []
    follows_title = False
    for element in tree.iter("h1", *_LEAF_TAGS):
        if element.tag == "h1":
            follows_title = True
        elif len(leaves) < _MAX_LEAVES and _is_leaf(element):
            text = _one_line(element)
            if _MIN_CHARS <= len(text) <= _MAX_CHARS:
                is_lead = (
                    any(_share_opening(text, description) for description in descriptions)
                    or (follows_title and _is_named_lead(element))
                ) and _is_in_place(element, text)
                leaves.append(Leaf(text, deepcopy(element) if is_lead else None))
    return leaves


def insert_leads(body: "_Element", leaves: list[Leaf]) -> None:
    """Put the leads before the first text block that trafilatura found into its article."""
    extracted = _one_line(body)
    first = next((n for n, leaf in enumerate(leaves) if leaf.text in extracted), 0)
    leads = [leaf.lead for leaf in leaves[:first] if leaf.lead is not None][-_MAX_LEADS:]
    after_title = 1 if len(body) and body[0].tag == "head" else 0
    for position, lead in enumerate(leads, after_title):
        lead.tag, lead.tail = "p", None
        body.insert(position, lead)


def _descriptions(tree: "HtmlElement") -> Iterator[str]:
    for meta in tree.iter("meta"):
        if (meta.get("name") or meta.get("property") or "").lower() in _DESCRIPTIONS:
            yield " ".join((meta.get("content") or "").split())


def _is_leaf(element: "HtmlElement") -> bool:
    descendants = element.iter(*_BLOCK_TAGS)
    first = next(descendants, None)
    return next(descendants, None) is None if first is element else first is None


def _share_opening(text: str, description: str) -> bool:
    opening = min(len(text), len(description))
    return opening >= _OPENING_CHARS and text[:_OPENING_CHARS] == description[:_OPENING_CHARS]


def _is_named_lead(element: "HtmlElement") -> bool:
    ancestors = [element, *element.iterancestors()][: _MAX_NAMED_ANCESTORS + 1]
    names = (f"{item.get('class') or ''} {item.get('id') or ''}" for item in ancestors)
    return any(map(_LEAD_NAME.search, names))


def _is_in_place(element: "HtmlElement", text: str) -> bool:
    if any(ancestor.tag in _OUTSIDE for ancestor in element.iterancestors()):
        return False
    linked = sum(len(_one_line(link)) for link in element.iter("a"))
    return linked <= _MAX_LINKED_SHARE * len(text)


def _one_line(element: "_Element") -> str:
    return " ".join(text_content(element).split())
