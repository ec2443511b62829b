"""Read Markdown with what Sphinx and Jupyter Book (MyST) add to it."""

from collections.abc import Mapping

from index.ingest.parsing.document import ParsedDocument
from index.ingest.readers.markdown.reader import read_markdown
from index.ingest.readers.myst.blocks import write_blocks
from index.ingest.readers.myst.references import write_references


def read_myst(text: str, titles: Mapping[str, str]) -> ParsedDocument:
    """Parse decoded Markdown. Raises ReadError when it has too many lines or table cells.

    ``titles`` are those that references stand for.
    """
    return read_markdown(write_references(write_blocks(text, titles), titles))
