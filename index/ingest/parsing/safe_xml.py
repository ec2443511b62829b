"""XML from files nobody vouches for: no entities, no network, bounded depth."""

import re
from html.entities import html5
from typing import TYPE_CHECKING

from index.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_DEPTH = 250  # libxml2's own limit, which it does not always hold
_ENTITY_DECLARATION = re.compile(rb"<!\s*ENTITY|<\x00!\x00E\x00N\x00T|\x00<\x00!\x00E\x00N\x00T")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_PREDEFINED = {b"amp", b"lt", b"gt", b"quot", b"apos"}


def parse_xml(data: bytes, *, mend: bool = False) -> "_Element":
    """The tree of an XML document; ``mend`` reads on where it is broken.

    Raises ReadError when it declares entities (a few lines of them can stand for gigabytes) or is
    no XML.
    """
    from lxml import etree  # noqa: PLC0415 - only XML files need it

    if _ENTITY_DECLARATION.search(data):
        raise ReadError("XML that declares entities; wanted it without <!ENTITY …>")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=mend
    )
    try:
        tree = etree.fromstring(_without_names(data), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError(f"no well-formed XML ({' '.join(str(error).split())})") from error
    if tree is None:
        raise ReadError("no element in it; wanted XML")
    return tree


def name_of(element: "_Element") -> str:
    """The element's name in lower case without its namespace; a comment has none."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def all_text(element: "_Element | None") -> str:
    """The words in an element and in those inside it."""
    return "" if element is None else "".join(map(str, element.itertext(tag=None)))


def _without_names(data: bytes) -> bytes:
    """HTML's named characters, which XML does not know, as numbers."""
    return _NAMED.sub(_numbered, data) if b"\x00" not in data[:4] else data


def _numbered(found: re.Match[bytes]) -> bytes:
    name = found[1]
    characters = html5.get(f"{name.decode()};")
    if name in _PREDEFINED or characters is None:
        return found[0]
    return "".join(f"&#{ord(character)};" for character in characters).encode()
