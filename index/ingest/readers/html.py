"""HTML: trafilatura finds the article on the page, its tree is written down as text.

Navigation, cookie banners, advertisements, comments and footers are left behind.
"""

import codecs
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.normalize import author_names, clean_value, http_link, language_code
from index.ingest.readers.html_anchors import anchors_of
from index.ingest.readers.html_blocks import write_blocks
from index.ingest.readers.html_boilerplate import is_bare, remove_boilerplate

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from trafilatura.settings import Document

_WANTED = "wanted an HTML page: open it in a browser and save it again"
_MAX_ELEMENTS = 50_000  # trafilatura takes a second for ten thousand
_MAX_DEPTH = 500
_MANY = 10  # attributes of each element; more of them count as elements
_MAX_ATTRIBUTES = 300  # libxml2's time is square in them
_LONG_TAG = 2 * _MAX_ATTRIBUTES  # characters; shorter ones cannot have so many
_TAG = re.compile(
    r"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|))*+""",
)
_VALUE = re.compile(r"""=\s*+(?:"[^"]*+"?|'[^']*+'?)""")
_ATTRIBUTE = re.compile(r"[\s/=]++[^\s/=]")
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_PRESCAN = 1024  # bytes in which a page must say its encoding (HTML standard, 13.2.3.2)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_WESTERN = {"iso8859-1", "ascii"}  # labels that browsers read as Windows' Western code page


def read_html(data: bytes) -> ParsedDocument:
    """The draft of a saved page. Raises ReadError when there is no page in it."""
    text = decode_html(data)
    with guard_parser("HTML", _WANTED):
        return _draft(text)


def decode_html(data: bytes) -> str:
    """The text of a page: by its mark, as UTF-8, as it declares, or as other texts are."""
    declared = _DECLARED.search(data[:_PRESCAN])
    if declared is None or _is_utf8(data) or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return decode(data)
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
        return data.decode("cp1252" if name in _WESTERN else name)
    except (LookupError, UnicodeError, ValueError):
        return decode(data)


def parse_html(text: str) -> "HtmlElement":
    """The tree of a page. Raises ReadError when it is empty, too large or too deep."""
    from lxml import etree, html  # noqa: PLC0415 - only marked-up files need it

    _refuse_attributes(text)
    parser = html.HTMLParser(encoding="utf-8", remove_pis=True, huge_tree=True)
    source = _XML_DECLARATION.sub("", text).encode("utf-8", "replace")
    try:
        tree: HtmlElement = html.document_fromstring(source, parser=parser)
    except etree.ParserError as error:
        raise ReadError(f"no element in it; {_WANTED}") from error
    _refuse_huge(tree)
    return tree


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_attributes(text: str) -> None:
    for tag in _TAG.finditer(text):
        if tag.end() - tag.start() > _LONG_TAG:
            count = len(_ATTRIBUTE.findall(_VALUE.sub(" ", tag[0])))
            if count > _MAX_ATTRIBUTES:
                raise ReadError(f"a tag of {count:,} attributes; wanted {_MAX_ATTRIBUTES} at most")


def _refuse_huge(tree: "HtmlElement") -> None:
    from lxml import etree  # noqa: PLC0415 - as above

    depth = deepest = elements = attributes = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        if event == "start":
            elements += 1
            attributes += len(element.attrib)
    if max(elements, attributes // _MANY) > _MAX_ELEMENTS or deepest > _MAX_DEPTH:
        raise ReadError(
            f"{elements:,} elements with {attributes:,} attributes, {deepest} deep; wanted "
            f"{_MAX_ELEMENTS:,} and {_MAX_DEPTH} deep at most: split the page"
        )


def _draft(text: str) -> ParsedDocument:
    tree = parse_html(text)
    remove_boilerplate(tree)
    anchors = anchors_of(tree)  # trafilatura drops them
    whole = deepcopy(tree) if is_bare(tree) else None  # trafilatura changes it, too
    page = _extracted(tree)
    found = _found(tree, page)
    if whole is not None:
        return _whole(whole, found, anchors)
    builder = DocumentBuilder()
    if page is not None and page.body is not None:
        write_blocks(page.body, builder, found.title, anchors)
    draft = builder.build(found)
    return draft if draft.blocks else _whole(tree, found, anchors)


def _whole(
    tree: "HtmlElement", found: ParsedMetadata, anchors: Mapping[str, str]
) -> ParsedDocument:
    """A page too small for trafilatura: all that stands in its body."""
    builder = DocumentBuilder()
    body = tree.find("body")
    if body is not None:
        write_blocks(body, builder, found.title, anchors)
    return builder.build(found)


def _extracted(tree: "HtmlElement") -> "Document | None":
    import trafilatura  # noqa: PLC0415 - it takes a third of a second

    found = trafilatura.bare_extraction(
        tree,
        favor_precision=False,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=True,
        # No guessing from the page's prose: a wrong date is worse than none.
        date_extraction_params={"extensive_search": False, "original_date": True},
        prune_xpath="//sup[a]",  # numbers that lead to notes
    )
    return None if found is None or isinstance(found, dict) else found


def _found(tree: "HtmlElement", page: "Document | None") -> ParsedMetadata:
    body = tree.find("body")
    inside = None if body is None else body.get("lang")  # where Word puts it
    language = language_code(tree.get("lang") or tree.get("{xml}lang") or inside)
    if page is None:
        return ParsedMetadata(title=clean_value(tree.findtext(".//title")), language=language)
    return ParsedMetadata(
        title=clean_value(page.title) or clean_value(tree.findtext(".//title")),
        publisher=clean_value(page.sitename),
        author=author_names(page.author),
        published=iso_date(page.date or ""),
        url=http_link(page.url),
        language=language or language_code(page.language),
    )
