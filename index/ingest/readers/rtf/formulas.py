r"""Collect the formulas of rich text as the elements that they are in Word files.

Their control words are the names of those elements behind an m: {\mf{\mnum …}{\mden …}}.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element


def new_formula() -> "_Element":
    """Return an empty formula."""
    from lxml import etree  # noqa: PLC0415 - few files hold formulas

    return etree.Element("oMath")


def add_part(parent: "_Element", word: str) -> "_Element":
    """Add the element that a control word names."""
    from lxml import etree  # noqa: PLC0415 - few files hold formulas

    return etree.SubElement(parent, word.removeprefix("m") or "m")


def add_text(element: "_Element", text: str) -> None:
    """Add text to a run, or to the value of a property; elsewhere it is only white space."""
    if element.tag == "r":
        from lxml import etree  # noqa: PLC0415 - few files hold formulas

        etree.SubElement(element, "t").text = _printable(text)
    elif not len(element):
        element.set("val", element.get("val", "") + _printable(text))


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
