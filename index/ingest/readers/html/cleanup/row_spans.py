"""Repeat cells that span several rows in each of them, so that every row says what it is about."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import local_name, text_content

if TYPE_CHECKING:
    from lxml.etree import _Element

_CELLS = {"td", "th"}
_GROUPS = {"thead", "tbody", "tfoot"}
_MAX_REPEATED_CHARS = 60  # a cell with more text leaves an empty one in the rows below
_MAX_COPIES = 20_000  # on a page
_MAX_SPAN = 1_000


def repeat_spanning_cells(tree: "_Element") -> None:
    """Add a copy of each cell that spans rows to the rows below it."""
    spanning = (cell for cell in tree.iter("{*}td", "td", "{*}th", "th") if cell.get("rowspan"))
    tables = (next(cell.iterancestors("{*}table", "table"), None) for cell in spanning)
    filler = _Filler(_MAX_COPIES)
    for table in dict.fromkeys(tables):
        if table is not None:
            filler.fill(table)


@dataclass(slots=True)
class _Filler:
    """Fills the rows of tables, as long as there are copies left."""

    copies: int

    def fill(self, table: "_Element") -> None:
        """Fill the rows of a table; spans end with the group of rows they are in."""
        for group in (table, *(child for child in table if local_name(child) in _GROUPS)):
            spans: dict[int, tuple[_Element, int]] = {}
            for row in group:
                if local_name(row) == "tr":
                    spans = self._fill_row(row, spans)

    def _fill_row(
        self, row: "_Element", spans: "dict[int, tuple[_Element, int]]"
    ) -> "dict[int, tuple[_Element, int]]":
        """Fill a row; return the cells that reach below it, by column, and how many rows far."""
        waiting = [cell for cell in row if local_name(cell) in _CELLS][::-1]
        below: dict[int, tuple[_Element, int]] = {}
        column = 0
        while waiting or column in spans:
            if column in spans:
                cell, height = spans[column]
                self._insert(_copy(cell), row, waiting)
            else:
                cell = waiting.pop()
                height = _span(cell, "rowspan")
                cell.attrib.pop("rowspan", "")
            if height > 1 and self.copies > 0:
                below[column] = (cell, height - 1)
            column += _span(cell, "colspan")
        return below

    def _insert(self, copy: "_Element", row: "_Element", waiting: "list[_Element]") -> None:
        self.copies -= 1
        if waiting:
            waiting[-1].addprevious(copy)
        else:
            row.append(copy)


def _copy(cell: "_Element") -> "_Element":
    text = " ".join(text_content(cell).split())
    copy = cell.makeelement(cell.tag, {})
    copy.text = text if len(text) <= _MAX_REPEATED_CHARS else ""
    return copy


def _span(cell: "_Element", name: str) -> int:
    number = (cell.get(name) or "").strip()
    return min(max(1, int(number)), _MAX_SPAN) if number.isascii() and number.isdigit() else 1
