"""What stands on a page beside the article: banners, advertisements, pointers to other pages."""

import re
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# What is on the page but no part of the article, by its class or id.
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:ads?|advert\w*|adsense|sponsor\w*|promo\w*|cookies?|consent|gdpr|newsletter"
    r"|subscribe|share|sharing|social|breadcrumbs?|related|headerlink|editsection)(?=$|[\s_-])"
    r"|(?:^|\s)(?:mpu|outbrain|taboola|navbox|references|reflist)(?=$|\s)",
    re.IGNORECASE,
)
_ASIDE_ROLES = {"navigation", "banner", "contentinfo", "dialog", "alertdialog", "search"}
_CONTENT = {"html", "body", "article", "main", "h1"}
_HOME = {"/", "./", ".", "index.html", "/index.html"}
_POINTING = {"p", "li", "div", "h2", "h3", "h4", "h5", "h6"}
_LONGEST_POINTER = 300  # characters
_POINTER = re.compile(
    r"(?:read (?:more|also|next)|see also|also read|more on this|related(?: stor(?:y|ies))?"
    r"|mehr zum thema|lesen sie auch|(?:à )?lire aussi|leer más|lee también)\b\s*[:|–-]?\s*",
    re.IGNORECASE,
)
# What WordPress puts under the entries of a feed.
_ORIGIN = re.compile(
    r"(?:The post .+ (?:appeared first|first appeared) on|Der Beitrag .+ erschien zuerst auf"
    r"|La entrada .+ (?:apareció primero en|se publicó primero en)|L['’]article .+ est apparu en"
    r" premier sur) .+\Z",
    re.DOTALL,
)
_PARAGRAPHS = 2  # of a cell: more than a table of figures has
_AROUND_ALL = {"div", "main", "article", "section", "center"}
_FRAMES = ("nav", "aside", "footer", "form", "iframe")  # of a site, not of an article
_PROSE = set("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote".split())
_MOST = 0.8  # share of a page's letters
_LINKED = 0.3


def remove_boilerplate(tree: "HtmlElement") -> None:
    """Take away what its markup calls no content, unless an article is inside."""
    for table in list(tree.iter("table")):
        if _is_layout(table):
            _unfold(table)
    for element in list(tree.iter()):
        if isinstance(element.tag, str) and element.getparent() is not None and _is_aside(element):
            element.drop_tree()


def is_bare(tree: "HtmlElement") -> bool:
    """Whether a page is nothing but an article, as word processors and converters write it.

    Its paragraphs stand right in the body, or in boxes around all of it. Without a box of its own
    to know an article by, trafilatura takes the paragraphs and leaves headings and lists.
    """
    body = tree.find("body")
    while body is not None and len(body) == 1 and body[0].tag in _AROUND_ALL:
        body = body[0]
    if body is None or next(tree.iter(*_FRAMES), None) is not None:
        return False
    tables = sum(len(text_content(child)) for child in body if child.tag == "table")
    text = (
        len(text_content(body)) - tables
    )  # old pages are laid out by tables: they say nothing here
    inside = sum(len(text_content(child)) for child in body if child.tag in _PROSE)
    return inside > _MOST * text and _linked(body) < _LINKED * text


def _rows(table: "HtmlElement") -> "list[HtmlElement]":
    return [*table.findall("tr"), *table.findall("tbody/tr")]


def _is_layout(table: "HtmlElement") -> bool:
    """Whether a table only says what stands where on the page, as pages of the nineties do."""
    cells = [cell for row in _rows(table) for cell in row if cell.tag in {"td", "th"}]
    return any(cell.find("table") is not None or _is_column(cell) for cell in cells)


def _is_column(cell: "HtmlElement") -> bool:
    return len(cell.findall("p")) >= _PARAGRAPHS and not _short(cell)


def _unfold(table: "HtmlElement") -> None:
    """Its cells become parts of the page one after another."""
    for row in _rows(table):
        for box in (row, *row.findall("td"), *row.findall("th")):
            box.tag = "div"
    for body in table.findall("tbody"):
        body.tag = "div"
    table.tag = "div"


def _is_aside(element: "HtmlElement") -> bool:
    if element.tag == "noscript":
        return True
    if element.tag in _CONTENT:
        return element.tag == "h1" and _leads_home(element)
    if element.tag in _POINTING and _is_pointer(element):
        return True
    names = f"{element.get('id') or ''} {element.get('class') or ''}"
    named = element.get("role") in _ASIDE_ROLES or _ASIDE.search(names) is not None
    return named and next(element.iter(*_CONTENT), None) is None


def _leads_home(heading: "HtmlElement") -> bool:
    """Whether a heading is the name of the site, as old blogs have it on every page."""
    home = (a for a in heading.iter("a") if a.get("href") in _HOME or a.get("rel") == "home")
    link = next(home, None)
    return link is not None and _short(link) == _short(heading) != ""


def _is_pointer(element: "HtmlElement") -> bool:
    """Whether a paragraph only says where to read on, "Read more: …" and a link, or its origin."""
    text = _short(element) if len(element) else ""
    if _ORIGIN.match(text):
        return True
    label = _POINTER.match(text)
    return label is not None and 0 < len(text.rstrip(" .»›→")) - len(label[0]) <= _linked(element)


def _short(element: "HtmlElement") -> str:
    """The words of an element; none of one that is long."""
    words = ""
    for piece in element.itertext():
        words += piece
        if len(words) > _LONGEST_POINTER:
            return ""
    return words.strip()


def _linked(element: "HtmlElement") -> int:
    """How many letters of it are links."""
    return sum(len(text_content(a)) for a in element.iter("a"))
