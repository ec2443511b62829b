"""Parse XML from untrusted files: no entities, no network, bounded depth."""

import re
from functools import cache
from html.entities import html5
from typing import TYPE_CHECKING

from index.errors import ReadError
from index.ingest.parsing.guard import error_line
from index.text.spans import count_characters

if TYPE_CHECKING:
    from lxml.etree import XPath, _Element

_ENTITY_DECLARATION = re.compile(rb"<!\s*ENTITY|<\x00!\x00E\x00N\x00T|\x00<\x00!\x00E\x00N\x00T")
_NAMED_CHARACTER = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = {b"amp", b"lt", b"gt", b"quot", b"apos"}


def parse_xml(data: bytes, *, recover: bool = False) -> "_Element":
    """Parse an XML document; ``recover`` continues after syntax errors.

    Raises ReadError if it declares entities (a few lines of them can expand to gigabytes) or is
    not XML.
    """
    from lxml import etree  # noqa: PLC0415 - only XML files need it

    if _ENTITY_DECLARATION.search(data):
        raise ReadError("the XML declares entities; remove the <!ENTITY …> declarations")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover
    )
    try:
        tree = etree.fromstring(_replace_named_characters(data), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError(
            f"not well-formed XML ({error_line(error)}); correct it or save it again"
        ) from error
    if tree is None:
        raise ReadError("not XML: it has no elements; correct it or save it again")
    return tree


def local_name(element: "_Element") -> str:
    """Return an element's name in lower case, without namespace; "" for a comment."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def text_content(element: "_Element | None") -> str:
    """Return the text in an element and its descendants."""
    return "" if element is None else str(_string()(element))


@cache
def _string() -> "XPath":
    """Return the function that puts text together in C, many times as fast as ``itertext``."""
    from lxml import etree  # noqa: PLC0415 - only marked-up files need it

    return etree.XPath("string()", smart_strings=False)


def visible_chars(element: "_Element | None") -> int:
    """Count the characters of an element's text, without white space."""
    return count_characters(text_content(element))


def _replace_named_characters(data: bytes) -> bytes:
    """Replace HTML's named characters, which XML does not know, by numeric references."""
    return data if b"\x00" in data[:4] else _NAMED_CHARACTER.sub(_to_number, data)


def _to_number(match: re.Match[bytes]) -> bytes:
    characters = html5.get(f"{match[1].decode()};")
    if match[1] in _XML_ENTITIES or characters is None:
        return match[0]
    return "".join(f"&#{ord(character)};" for character in characters).encode()
