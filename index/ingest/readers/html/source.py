"""Decode and parse the source of an HTML page, as browsers do, within bounds."""

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.encoding import decode, decode_as

if TYPE_CHECKING:
    from lxml.html import HtmlElement

EXPECTED_PAGE = "expected an HTML page: open it in a browser and save it again"
_MAX_ELEMENTS = 50_000  # trafilatura takes a second for ten thousand
_MAX_DEPTH = 500
_FREE_ATTRIBUTES = 10  # per element on average; above that they count as elements
_MAX_ATTRIBUTES = 300  # of one tag; libxml2's time is quadratic in them
_COMMENT_OR_TAG = re.compile(
    r"""<!--|<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|))*+>?""",
)
_COMMENT_END = re.compile("--!?>")
_RAW_TAG = re.compile(r"<(script|style)[\s/>]", re.IGNORECASE)
_RAW_END = {
    element: re.compile(rf"</{element}[^>]*+>?", re.IGNORECASE) for element in ("script", "style")
}
# Metadata, and the source of formulas; all other scripts are programs.
_DATA_SCRIPT = re.compile(r"\btype\s*=\s*[\"']?\s*(?:application/\w+\+json|math/)", re.IGNORECASE)
_ATTRIBUTE_VALUE = re.compile(r"""=\s*+(?:"[^"]*+"?|'[^']*+'?)""")
_ATTRIBUTE = re.compile(r"[\s/=]++[^\s/=]")
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_PRESCAN_BYTES = 1024  # in which a page must declare its encoding (HTML standard, 13.2.3.2)
_MAX_NUL_SHARE = 0.02  # browsers pass over a few; in UTF-16 every other byte is one
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def decode_html(data: bytes) -> str:
    """Decode a page by its byte order mark, as UTF-8, as declared, or by guessing.

    A few damaged bytes, as servers and advertisers leave them, do not cost the page.
    """
    if data.count(b"\0") <= _MAX_NUL_SHARE * len(data):
        data = data.replace(b"\0", b"")
    declared = _META_CHARSET.search(data[:_PRESCAN_BYTES])
    if declared is None or decode_as(data, "utf-8") is not None:
        return decode(data, repair=True)
    return decode_as(data, declared[1].decode()) or decode(data, repair=True)


def parse_html(text: str) -> "HtmlElement":
    """Parse a page to a tree without its programs, styles and comments.

    Raises ReadError when it is empty, too large or too deep.
    """
    from lxml import etree, html  # noqa: PLC0415 - only marked-up files need it

    parser = html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=True)
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(element=html.HtmlElement, comment=html.HtmlComment)
    )
    text = unicodedata.normalize("NFC", _XML_DECLARATION.sub("", remove_scripts(text)))
    source = text.encode("utf-8", "replace")
    try:
        tree: HtmlElement = html.document_fromstring(source, parser=parser)
    except etree.ParserError as error:
        raise ReadError(f"the page has no elements; {EXPECTED_PAGE}") from error
    _check_size(tree)
    return tree


def remove_scripts(text: str) -> str:
    """Remove programs, styles and comments: they are no text, and can look like any markup.

    Raises ReadError for a tag with too many attributes, before libxml2 sees it.
    """
    return "".join(_without_scripts(text))


def _without_scripts(text: str) -> Iterator[str]:
    position = start = 0
    while tag := _COMMENT_OR_TAG.search(text, position):
        raw = _RAW_TAG.match(tag[0])
        position = _end_of_raw_text(text, tag, raw[1] if raw else None)
        if raw is None and tag[0] != "<!--":
            _check_attributes(tag[0].rstrip(">"))
        elif not _DATA_SCRIPT.search(tag[0]):
            yield text[start : tag.start()]
            start = position
    yield text[start:]


def _end_of_raw_text(text: str, tag: re.Match[str], element: str | None) -> int:
    """Return the end of a comment, script or style, the end of the page if it is not closed."""
    if tag[0] == "<!--":
        end = _COMMENT_END.search(text, tag.start() + len("<!"))  # <!--> is a comment
    elif element:
        end = _RAW_END[element.lower()].search(text, tag.end())
    else:
        return tag.end()
    return end.end() if end else len(text)


def _check_attributes(tag: str) -> None:
    if len(tag) <= 2 * _MAX_ATTRIBUTES:  # an attribute takes two characters
        return
    count = len(_ATTRIBUTE.findall(_ATTRIBUTE_VALUE.sub(" ", tag)))
    if count > _MAX_ATTRIBUTES:
        raise ReadError(f"a tag has {count:,} attributes; the limit is {_MAX_ATTRIBUTES}")


def _check_size(tree: "HtmlElement") -> None:
    elements, attributes = (int(tree.xpath(f"count({path})")) for path in ("//*", "//@*"))
    is_too_deep = elements > _MAX_DEPTH and tree.xpath(f"boolean({'/*' * (_MAX_DEPTH + 1)})")
    if max(elements, attributes // _FREE_ATTRIBUTES) > _MAX_ELEMENTS or is_too_deep:
        depth = f"more than {_MAX_DEPTH} deep" if is_too_deep else f"up to {_MAX_DEPTH} deep"
        raise ReadError(
            f"{elements:,} elements with {attributes:,} attributes, nested {depth}; the limits are "
            f"{_MAX_ELEMENTS:,} elements and a depth of {_MAX_DEPTH}: split the page"
        )
