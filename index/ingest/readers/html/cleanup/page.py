"""Clean up a page before its metadata and its article are read."""

from typing import TYPE_CHECKING

from index.ingest.readers.html.cleanup.adjacent_words import separate_parts
from index.ingest.readers.html.cleanup.code import remove_line_numbers
from index.ingest.readers.html.cleanup.collapsed import open_collapsed
from index.ingest.readers.html.cleanup.formulas import write_formulas
from index.ingest.readers.html.cleanup.google_docs import mend_google_docs
from index.ingest.readers.html.cleanup.inline_marks import clean_marks
from index.ingest.readers.html.cleanup.numbered_paragraphs import list_numbered_paragraphs
from index.ingest.readers.html.cleanup.row_spans import repeat_spanning_cells
from index.ingest.readers.html.cleanup.style_sheets import apply_style_sheets
from index.ingest.readers.html.cleanup.tabs import label_tabs

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def clean_page(tree: "HtmlElement", source: str) -> None:
    """Rewrite elements so that their text reads as in a browser; ``source`` has the styles."""
    apply_style_sheets(tree, source)
    mend_google_docs(tree)
    clean_marks(tree)
    separate_parts(tree)
    repeat_spanning_cells(tree)
    list_numbered_paragraphs(tree)
    remove_line_numbers(tree)
    write_formulas(tree)
    label_tabs(tree)
    open_collapsed(tree)
