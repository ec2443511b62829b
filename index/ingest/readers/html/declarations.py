"""Write declarations and code that generators of documentation lay out in tables and boxes."""

import re
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
