"""Remove boilerplate from a page: banners, advertisements, links to related pages."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.elements import HEADING_TAGS
from index.text.spans import count_characters

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BOILERPLATE_NAME = re.compile(  # in a class or id; "no-share" and "has-ads" say nothing
    r"(?:^|[\s_-])(?<!no-)(?<!non-)(?<!has-)(?<!with-)(?<!without-)(?<!hide-)(?:ads?|advert\w*"
    r"|adsense|sponsor\w*|promo\w*|cookies?|consent|gdpr|newsletter|subscribe|share|sharing|social"
    r"|breadcrumbs?|related|headerlink|editsection)(?=$|[\s_-])"
    r"|(?:^|\s)(?:feedback--\w[\w-]*|mpu|outbrain|taboola|navbox|references|reflist|no-?print|(?:mw-)?jump-(?:link|to-nav)"
    r"|(?:rollover|tooltip|popover|hover-?card)-?(?:text|content|inner|body|block)"  # on hovering
    r"|skip-link|siteSub|contentSub|catlinks|printfooter|hatnote)(?=$|\s)",
    re.IGNORECASE,
)
_CONSENT = re.compile(r"cookie|consent|gdpr", re.IGNORECASE)
_HIDDEN_NAMES = {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"}
_CONTROLS = ("form", "input", "button", "iframe")
_MAX_BOILERPLATE_SHARE = 0.3  # of the page's prose; more is the article, whatever its class says
_MIN_NOSCRIPT_CHARS = 150
_ASKS_FOR_SCRIPTS = re.compile(r"javascript|enable scripts|cookies", re.IGNORECASE)
_BOILERPLATE_ROLES = {"navigation", "banner", "contentinfo", "dialog", "alertdialog", "search"}
_CONTENT_TAGS = {"html", "body", "article", "main", "h1"}
_HOME_LINKS = {"/", "./", ".", "index.html", "/index.html"}
_POINTER_TAGS = {"p", "li", "div", "h2", "h3", "h4", "h5", "h6"}
_MAX_POINTER_CHARS = 300
_MAX_VOTE_CHARS = 100  # with its buttons
_POINTER_LABEL = re.compile(
    r"(?:read (?:more|also|next)|see also|also read|more on this|related(?: stor(?:y|ies))?"
    r"|mehr zum thema|lesen sie auch|(?:à )?lire aussi|leer más|lee también)\b\s*[:|–-]?\s*",
    re.IGNORECASE,
)
_POINTER_OPENING = re.compile(  # the first word of a label or a footer
    r"\s*(?:read|see|also|more|related|mehr|lesen|à|lire|leer|lee|the|der|la|l['’]article)\b",
    re.IGNORECASE,
)
_VOTE = re.compile(
    r"(?:was|is|did) this (?:page|article|answer|information|guide|topic|content|help)?[\w ]{0,20}"
    r"\b(?:helpful|useful|your question)\?|war (?:diese[rs]?|das) [\w ]{0,20}\bhilfreich\?"
    r"|¿[\w ]{0,30}\b(?:útil|ayudó)[\w ]{0,30}\?",
    re.IGNORECASE,
)
_FEED_FOOTER = re.compile(  # WordPress adds it to the entries of a feed
    r"(?:The post .+ (?:appeared first|first appeared) on|Der Beitrag .+ erschien zuerst auf"
    r"|La entrada .+ (?:apareció primero en|se publicó primero en)|L['’]article .+ est apparu en"
    r" premier sur) .+\Z",
    re.DOTALL,
)
_ENCYCLOPEDIA = re.compile(  # "From Wikipedia, the free encyclopedia" below a title
    r"(?:\w[\w: ]{0,40} )?wikip\w+, (?:[\w'’]+[ '’]){0,3}[eé]n[czs][iy][ck]\w+(?: \w+)?\W*",
    re.IGNORECASE,
)
_MIN_COLUMN_PARAGRAPHS = 2  # the cells of data tables have fewer
_WRAPPER_TAGS = {"div", "main", "article", "section", "center"}
_SITE_TAGS = ("nav", "aside", "footer", "form", "iframe")
_NOT_PROSE_TAGS = "a nav aside footer form button select noscript title".split()
_SECTION_TAGS = ("section", "div", "article", *HEADING_TAGS)
_WORD = re.compile(r"[^\W_]+")
_MAX_REQUEST_CHARS = 600
_PROSE_TAGS = set("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote".split())
_MIN_PROSE_SHARE = 0.8  # of a page's characters
_MAX_LINKED_SHARE = 0.3


def remove_boilerplate(tree: "HtmlElement") -> None:
    """Drop the elements that their markup or wording shows to be outside the article."""
    for table in list(tree.iter("table")):
        if _is_layout_table(table):
            _unwrap_table(table)
    page_chars = prose_chars(tree)
    for element in list(tree.iter("noscript")):
        _resolve_noscript(element, page_chars)
    waiting = [tree]
    while waiting:
        for child in waiting.pop().getchildren():
            if not isinstance(child.tag, str):
                continue
            if _is_boilerplate(child, page_chars):
                child.drop_tree()
            else:
                waiting.append(child)


def remove_hidden_labels(tree: "HtmlElement") -> None:
    """Drop the labels that only screen readers say: "Section titled …", "opens in a new tab"."""
    for element in [*tree.iter("span", "a", "p", "div", *HEADING_TAGS)]:
        names = element.get("class") or ""
        is_hidden = not _HIDDEN_NAMES.isdisjoint(names.split()) and "not-sr-only" not in names
        if is_hidden and _short_text(element) and element.getparent() is not None:
            for shown in (element.getprevious(), element.getnext()):
                if shown is not None and shown.get("aria-hidden") == "true":
                    del shown.attrib["aria-hidden"]  # readers see it instead of the label
            element.drop_tree()


def count_prose(tree: "HtmlElement") -> int:
    """Count the characters outside links, navigation and the like, without white space."""
    body = tree.find("body")
    if body is None:
        return 0
    outside: set[HtmlElement] = set()
    chars = count_characters(text_content(body))
    for element in body.iter(*_NOT_PROSE_TAGS):
        if element not in outside:
            outside.update(element.iter(*_NOT_PROSE_TAGS))
            chars -= count_characters(text_content(element))
    return chars


def forget_heading_ids(tree: "HtmlElement") -> None:
    """Remove ids that converters make from headings: #related-commands is no list of links."""
    for element in tree.iter(*_SECTION_TAGS):
        if element.get("id") and _has_id_of_heading(element):
            del element.attrib["id"]


def is_bare_article(tree: "HtmlElement") -> bool:
    """Return whether a page is only an article, as word processors and converters write it.

    Its paragraphs are children of the body, or of elements that wrap the whole body. trafilatura
    finds no article element there, and would drop headings and lists.
    """
    return next(tree.iter(*_SITE_TAGS), None) is None and _has_bare_paragraphs(tree)


def unwrap_bare_article(tree: "HtmlElement") -> bool:
    """Drop what is around an article whose paragraphs are children of the body; True if it is one.

    Pages written by hand have navigation and a footer beside it.
    """
    body = tree.find("body")
    around = [] if body is None else [child for child in body if child.tag in _SITE_TAGS]
    inside = sum(1 for _ in tree.iter(*_SITE_TAGS)) > len(around)
    if not around or inside or not _has_bare_paragraphs(tree, around):
        return False
    for element in around:
        element.drop_tree()
    return True


def _has_bare_paragraphs(tree: "HtmlElement", around: "Sequence[HtmlElement]" = ()) -> bool:
    body = tree.find("body")
    while body is not None and len(body) == 1 and body[0].tag in _WRAPPER_TAGS:
        body = body[0]
    if body is None:
        return False
    # Old pages use tables for their layout, so tables do not count.
    left_out = [*around, *(child for child in body if child.tag == "table")]
    article_chars = sum(len(text_content(child)) for child in body if _is_prose(child))
    chars = len(text_content(body)) - sum(len(text_content(each)) for each in left_out)
    link_chars = _link_chars(body) - sum(map(_link_chars, around))
    return article_chars > _MIN_PROSE_SHARE * chars and link_chars < _MAX_LINKED_SHARE * chars


def _is_prose(element: "HtmlElement") -> bool:
    """Return whether an element is a part of an article, or a section with its heading."""
    if element.tag != "section":
        return element.tag in _PROSE_TAGS
    return len(element) > 0 and element[0].tag in HEADING_TAGS


def _is_layout_table(table: "HtmlElement") -> bool:
    """Return whether a table only arranges the page, as in the 1990s, rather than holding data."""
    return any(
        cell.find("table") is not None
        or (len(cell.findall("p")) >= _MIN_COLUMN_PARAGRAPHS and not _short_text(cell))
        for cell in _cells(table)
    )


def _unwrap_table(table: "HtmlElement") -> None:
    """Turn a layout table into nested div elements."""
    for element in (*_cells(table), *_rows(table), *table.findall("tbody"), table):
        element.tag = "div"


def _rows(table: "HtmlElement") -> "list[HtmlElement]":
    return [*table.findall("tr"), *table.findall("tbody/tr")]


def _cells(table: "HtmlElement") -> "list[HtmlElement]":
    return [cell for row in _rows(table) for cell in row if cell.tag in {"td", "th"}]


def _resolve_noscript(element: "HtmlElement", page_chars: int) -> None:
    """Unwrap the article in a <noscript>; drop anything shorter, and requests for JavaScript."""
    text = " ".join(text_content(element).split())
    is_request = len(text) < _MAX_REQUEST_CHARS and _ASKS_FOR_SCRIPTS.search(text)
    if len(text) < max(_MIN_NOSCRIPT_CHARS, _MAX_BOILERPLATE_SHARE * page_chars) or is_request:
        element.drop_tree()
    else:
        element.drop_tag()


def _is_boilerplate(element: "HtmlElement", page_chars: int) -> bool:
    if element.tag in _CONTENT_TAGS:
        return element.tag == "h1" and _is_site_name(element)
    if element.tag in _POINTER_TAGS and _is_pointer(element):
        return True
    name = _boilerplate_name(element)
    if not name or next(element.iter(*_CONTENT_TAGS), None) is not None:
        return False
    most = _MAX_BOILERPLATE_SHARE * page_chars
    if len(text_content(element)) <= most or prose_chars(element) <= most:
        return True
    return _CONSENT.search(name) is not None and _CONSENT.search(text_content(element)) is not None


def _boilerplate_name(element: "HtmlElement") -> str | None:
    """Return the role, or the word in class or id, that marks an element as boilerplate."""
    role = element.get("role")
    if role in _BOILERPLATE_ROLES:
        return str(role)
    name = _word_for_boilerplate(element.get("class") or "")
    if name is None and (name := _word_for_boilerplate(element.get("id") or "")):
        return None if _has_id_of_heading(element) else name
    return name


@lru_cache(maxsize=4096)  # most elements share their class with others
def _word_for_boilerplate(names: str) -> str | None:
    name = _BOILERPLATE_NAME.search(names)
    return name[0] if name else None


def _has_id_of_heading(element: "HtmlElement") -> bool:
    """Return whether the words of an element's id are those of the heading that it opens with."""
    words = set(_WORD.findall((element.get("id") or "").casefold()))
    heading = next(element.iter(*HEADING_TAGS), None) if words else None
    if heading is None or not words <= set(_WORD.findall(_short_text(heading).casefold())):
        return False
    if next(element.iter(*_CONTROLS), None) is not None:
        return False
    return _link_chars(element) <= _MAX_LINKED_SHARE * len(text_content(element))


def prose_chars(element: "HtmlElement") -> int:
    """Count the characters of an element's text outside links, without runs of spaces."""
    links = sum(len(" ".join(text_content(link).split())) for link in element.iter("a"))
    return len(" ".join(text_content(element).split())) - links


def _is_site_name(heading: "HtmlElement") -> bool:
    """Return whether a heading is a link to the home page, as old blogs have it on every page."""
    links = (a for a in heading.iter("a") if a.get("href") in _HOME_LINKS or a.get("rel") == "home")
    link = next(links, None)
    return link is not None and _short_text(link) == _short_text(heading) != ""


def _is_pointer(element: "HtmlElement") -> bool:
    """Return whether a paragraph only leads elsewhere, names the site, or asks for a vote."""
    opening = element.text or ""
    if _VOTE.fullmatch(opening.strip()):
        return len(_short_text(element)) <= _MAX_VOTE_CHARS
    if not len(element):
        return "ikip" in opening and _ENCYCLOPEDIA.fullmatch(opening.strip()) is not None
    if not opening.strip():
        opening = next(filter(str.strip, map(str, element.itertext())), "")
    if not _POINTER_OPENING.match(opening):
        return False
    text = _short_text(element)
    if _FEED_FOOTER.match(text):
        return True
    label = _POINTER_LABEL.match(text)
    if label is None:
        return False
    return 0 < len(text.rstrip(" .»›→")) - len(label[0]) <= _link_chars(element)


def _short_text(element: "HtmlElement") -> str:
    """Return the text of an element, or an empty string if it is long."""
    text = ""
    for piece in element.itertext():
        text += piece
        if len(text) > _MAX_POINTER_CHARS:
            return ""
    return text.strip()


def _link_chars(element: "HtmlElement") -> int:
    return sum(len(text_content(link)) for link in element.iter("a"))
