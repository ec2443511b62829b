"""Write declarations, code and facts that generators and wikis lay out in tables and boxes."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_INSIDE_BRACKETS = re.compile(r"(?<=\() | (?=[,)])")
_LINE_NUMBERS = ".//*[contains(concat(' ', @class, ' '), ' lineno ')]"


def definitions_from_table(table: "HtmlElement") -> None:
    """Make a table of fields, such as the parameters of a function, a list of definitions."""
    cells = [*table.iter("th", "td")]
    for cell in cells:
        cell.tag = "dt" if cell.tag == "th" else "dd"
    table.tag = "dl"
    table[:] = cells


def join_declaration(table: "HtmlElement") -> None:
    """Make a table of the parts of a declaration the code that it shows."""
    line = " ".join(text_content(table).split())
    table[:] = []
    table.tag, table.text = "pre", _INSIDE_BRACKETS.sub("", line)


def join_code_lines(box: "HtmlElement") -> None:
    """Make a box of code preformatted text; its lines may be elements with their numbers."""
    for number in box.xpath(_LINE_NUMBERS):
        number.drop_tree()
    box.text = "\n".join(map(text_content, box.findall("div") or [box]))
    box[:] = []
    box.tag = "pre"


def write_infobox(box: "HtmlElement") -> None:
    """Make a box of facts of Fandom a table with a row for each."""
    rows = [row for element in [*box.iter()] for row in _infobox_rows(element)]
    box.tag, box.text = "table", None
    box.attrib.pop("role", None)
    box[:] = rows


def _infobox_rows(element: "HtmlElement") -> "Iterator[HtmlElement]":
    """Yield the row of a fact: its label and its value; of a header its text."""
    classes = (element.get("class") or "").split()
    if "pi-header" in classes:
        cells = [element]
    elif "pi-data" in classes:
        cells = [*element.iterchildren()]
    else:
        return
    row = element.makeelement("tr", {})
    for cell in cells:
        cell.tag = "td"
        row.append(cell)
    yield row
