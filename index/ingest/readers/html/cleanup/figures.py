"""Keep the figures of a page that are content: code, lists, and captions that text refers to.

trafilatura drops figures without a table, and with them the captions of pictures: news have the
credits of photographs there. A caption with a number ("Figure 3: …") belongs to the article.
"""

import re
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CONTENT_TAGS = ("pre", "table", "ul", "ol", "dl")
_NUMBERED = re.compile(
    r"\s*(?:fig(?:ure|ura|\.)?|abb(?:ildung|\.)?|table|tab(?:elle|la|\.)|listing|diagram\w*"
    r"|gr[aá]fi[ck]o?|chart|exhibit|exemple|example|beispiel|ejemplo|schéma|[图圖図表])\s*"
    r"(?:\d|[IVX]+\b)",
    re.IGNORECASE,
)
_CREDIT = re.compile(r"©|\b(?:photo|foto|fotos|bild|image credit|getty)\b", re.IGNORECASE)
_CALLOUT = re.compile(r"(?:^|[\s_-])callout(?=$|[\s_-])", re.IGNORECASE)  # of Notion
_CAPTION = re.compile(r"(?:^|[\s_-])caption(?=$|[\s_-])", re.IGNORECASE)


def open_figures(tree: "HtmlElement") -> None:
    """Turn figures with content into plain elements, and captions to keep into paragraphs."""
    for figure in [*tree.iter("figure")]:
        _open_figure(figure)
    for caption in [*tree.iter("caption")]:
        _move_before_table(caption)
    for element in tree.iterfind(".//*[@class]"):
        if _is_caption(element) and _is_text(element):
            _forget_classes(element)


def _open_figure(figure: "HtmlElement") -> None:
    is_callout = _CALLOUT.search(figure.get("class") or "") is not None
    has_content = is_callout or next(figure.iter(*_CONTENT_TAGS), None) is not None
    captions = [each for each in figure.iter("figcaption") if has_content or _is_text(each)]
    for caption in captions:
        caption.tag = "p" if caption.find(".//p") is None else "div"
        _forget_classes(caption)
    if has_content or captions:
        figure.tag = "div"
        figure.attrib.pop("class", None)


def _move_before_table(caption: "HtmlElement") -> None:
    """Make the title of a table the paragraph before it."""
    table = caption.getparent()
    if table is None or table.tag != "table" or table.getparent() is None:
        return
    caption.drop_tree()
    caption.tag, caption.tail = "p", None
    _forget_classes(caption)
    if text_content(caption).strip():
        table.addprevious(caption)


def _is_caption(element: "HtmlElement") -> bool:
    names = element.get("class") or ""
    return "aption" in names and element.tag in {"p", "div"} and _CAPTION.search(names) is not None


def _forget_classes(caption: "HtmlElement") -> None:
    """Remove the classes by which trafilatura knows captions."""
    for element in caption.iter():
        element.attrib.pop("class", None)


def _is_text(caption: "HtmlElement") -> bool:
    """Return whether a caption has a number and is not the credit of a photograph."""
    text = text_content(caption)
    return _NUMBERED.match(text) is not None and _CREDIT.search(text) is None
