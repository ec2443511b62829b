"""Write the text of a Word paragraph: superscripts, subscripts and formulas included."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from index.ingest.parsing.code_marks import inline_code
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.parsing.symbol_fonts import symbol_text
from index.ingest.readers.docx.formulas import UNREAD_FORMULA, formula_text
from index.ingest.readers.docx.styles import Styles, val

if TYPE_CHECKING:
    from lxml.etree import _Element

SKIPPED = frozenset(
    # Deleted or moved text, field codes, properties, and references to notes and comments.
    "del moveFrom delText instrText delInstrText pPr rPr sectPr footnoteReference endnoteReference"
    " footnoteRef endnoteRef"
    # Phonetic guides, embedded objects, and the copies of a text box for old versions of Word.
    " annotationRef rt object Fallback".split()
)
TEXT_BOX = "txbxContent"
_CHARACTERS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "ptab": " "}
_INLINE_CODE = "code"  # instead of a vertical alignment
_PAGE_BREAK = "\f"
_AROUND_PAGE_BREAK = re.compile(r" *\f *")  # a sentence goes on behind it
_EQUATION_FIELD = re.compile(r"\s*EQ\s", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Fa-f]{1,4}")
_NOT_SHOWN = ("vanish", "strike", "dstrike")
_OFF = {"0", "false", "off"}


def code_text(element: "_Element", styles: Styles) -> str:
    """Return the lines of a paragraph that is code."""
    return "".join(text for _, text in _pieces(element, styles))


def paragraph_text(element: "_Element", styles: Styles, *, marks_code: bool = False) -> str:
    """Return the visible text of a paragraph, without the text boxes anchored in it.

    With ``marks_code``, inline code stands between backticks.
    """
    written = ""
    for level, pieces in groupby(_pieces(element, styles), key=lambda piece: piece[0]):
        text = "".join(piece for _, piece in pieces)
        if level == "superscript":
            written = append_superscript(written, text)
        elif level == "subscript":
            written = append_subscript(written, text)
        elif level == _INLINE_CODE and marks_code:
            written += inline_code(text)
        else:
            written += text
    return _AROUND_PAGE_BREAK.sub(" ", written)


def _pieces(element: "_Element", styles: Styles, level: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of a paragraph or a run, each with its vertical alignment."""
    for child in element:
        if child.tag == "t":
            yield level, symbol_text(val(element, "rPr/rFonts", "ascii"), child.text or "")
        elif child.tag == "sym":
            yield level, symbol_text(child.get("font"), _character(child.get("char")))
        elif child.tag in _CHARACTERS:
            is_page_break = child.get("type") in {"page", "column"}
            yield level, _PAGE_BREAK if is_page_break else _CHARACTERS[str(child.tag)]
        elif _is_unread_formula(child):
            yield level, UNREAD_FORMULA
        elif child.tag == "oMath":
            yield level, formula_text(child)
        elif child.tag not in SKIPPED and child.tag != TEXT_BOX and not _is_hidden(child):
            own = _run_level(child, styles) if child.tag == "r" else None
            yield from _pieces(child, styles, level if own is None else own)


def _run_level(run: "_Element", styles: Styles) -> str | None:
    level = styles.vertical_alignment(run)
    return _INLINE_CODE if level is None and styles.is_code(run) else level


def _is_unread_formula(element: "_Element") -> bool:
    """Return whether an element holds a formula as old versions of Word wrote them."""
    if element.tag == "instrText":
        return _EQUATION_FIELD.match(element.text or "") is not None
    objects = element.iter("OLEObject") if element.tag == "object" else ()
    return any((inner.get("ProgID") or "").startswith("Equation") for inner in objects)


def _character(code: str | None) -> str:
    return chr(int(code, 16)) if code and _CODE.fullmatch(code) else ""


def _is_hidden(run: "_Element") -> bool:
    """Return whether a run is hidden or struck out."""
    properties = run.find("rPr") if run.tag == "r" else None
    if properties is None:
        return False
    marks = (properties.find(name) for name in _NOT_SHOWN)
    return any(mark is not None and mark.get("val") not in _OFF for mark in marks)
