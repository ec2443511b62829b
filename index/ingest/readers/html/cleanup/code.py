"""Mark the code on a page, and read its language before trafilatura drops the classes."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_BLOCKS = 2_000
# language-ini (HTML's own), highlight-ini (Sphinx), highlight-source-ini (GitHub), brush: ini.
_CLASS = re.compile(
    r"(?:^|\s)(?:language-|lang-|highlight-(?:source-|text-)?|brush:\s*)([\w+#.-]+)"
)
_NAME = re.compile(r"[\w+#.-]{1,20}")
_LINE_NUMBER = re.compile(
    r"(?:^|[\s_-])(?:lnt?|linenos?|lineno|line-?num(?:ber)?s?|ln-num\w*|hljs-ln|blob-num|gutter)(?=$|[\s_-])",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"[\s\d]*")
_COPY_NAME = re.compile("copy|clipboard")
_COPY_TEXT = re.compile(
    r"\s*(?:copy|copied|copier|copié|copiar|copiado|kopieren|kopiert)\b.{0,20}\s*", re.IGNORECASE
)
_LINE_TAGS = ("div", "li", "p")
_ATTRIBUTES = ("data-lang", "data-language")
_UNNAMED = frozenset({"none", "default", "plain", "plaintext", "text", "notranslate", "highlight"})


def remove_line_numbers(tree: "HtmlElement") -> None:
    """Make code plain lines: drop their numbers, also in tables, and buttons, join elements."""
    if next(tree.iter("pre", "code", "table"), None) is None:
        return
    for table in [*islice(tree.iter("table"), _MAX_BLOCKS)]:
        if code := _numbered_code(table):
            pre = table.makeelement("pre", dict(code[0].attrib))
            pre.text, pre.tail = "\n".join(map(_code_lines, code)), table.tail
            table.getparent().replace(table, pre)
    blocks = [*islice(tree.iter("pre"), _MAX_BLOCKS)]
    for block in blocks:
        _remove_numbers(block)
    if blocks:
        _remove_copy_buttons(tree)
    for block in blocks:
        for code in block.findall("code") or [block]:
            _join_lines(code)


def _remove_numbers(block: "HtmlElement") -> None:
    for element in [*block.iter("span", "a", "i", "b", "td", "div")]:
        if _LINE_NUMBER.search(element.get("class") or "") and _is_number(element):
            element.drop_tree()


def _join_lines(code: "HtmlElement") -> None:
    """Write code whose lines are elements as text, each line on one of its own."""
    if next(code.iter(*_LINE_TAGS), None) is None:
        return
    pieces: list[str] = []
    for is_edge, piece in _pieces(code):
        if is_edge and pieces and not pieces[-1].endswith("\n"):
            pieces.append("\n")
        if piece:
            pieces.append(piece)
    code[:] = []
    code.text = "".join(pieces)


def _pieces(element: "HtmlElement") -> Iterator[tuple[bool, str]]:
    """Yield the text inside an element, and whether a line begins or ends just before it."""
    yield False, element.text or ""
    for child in element:
        is_line = child.tag in _LINE_TAGS
        if child.tag == "br":
            yield False, "\n"
        elif isinstance(child.tag, str):
            yield is_line, ""
            yield from _pieces(child)
        tail = child.tail or ""
        yield is_line, tail.removeprefix("\n") if is_line else tail


def _remove_copy_buttons(tree: "HtmlElement") -> None:
    for element in [*tree.iter("a", "span", "div", "button")]:
        is_named = element.tag == "button" or _COPY_NAME.search(element.get("class") or "")
        if is_named and _is_copy_button(element):
            element.drop_tree()


def _numbered_code(table: "HtmlElement") -> "list[HtmlElement]":
    """Return the cells with code of a table whose other cells hold only the numbers of lines."""
    rows = [row.findall("td") for row in table.iter("tr")]
    if not rows or any(len(row) != 2 or not _is_number(row[0]) for row in rows):
        return []
    is_code = next(table.iter("pre", "code"), None) is not None or all(
        _LINE_NUMBER.search(row[0].get("class") or "") for row in rows
    )
    return [row[1] for row in rows] if is_code else []


def _code_lines(cell: "HtmlElement") -> str:
    for line_break in cell.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return text_content(cell).strip("\r\n")


def _is_number(element: "HtmlElement") -> bool:
    return _NUMBERS.fullmatch(text_content(element)) is not None


def _is_copy_button(element: "HtmlElement") -> bool:
    has_code = next(element.iter("pre", "code"), None) is not None
    return not has_code and _COPY_TEXT.fullmatch(text_content(element)) is not None


def mark_code(tree: "HtmlElement") -> dict[str, str]:
    """Mark preformatted text as code for trafilatura, which joins the lines of any other.

    Returns the names of languages by the text of their code without white space.
    """
    languages: dict[str, str] = {}
    for element in islice(tree.iter("pre"), _MAX_BLOCKS):
        language = _language(element)
        element.set("lang", language or "code")
        if language:
            languages["".join(text_content(element).split())] = language
    return languages


def _language(element: "HtmlElement") -> str:
    """Return the language that the element, its code or one of two elements around it names."""
    around = islice(element.iterancestors(), 2)
    for each in (element, *element.iter("code"), *around):
        names = [str(each.get(name) or "").lower() for name in _ATTRIBUTES]
        names += _CLASS.findall(str(each.get("class") or "").lower())
        for name in names:
            if _NAME.fullmatch(name) and name not in _UNNAMED:
                return name
    return ""
