"""Read what other readers wrote as Markdown: a text, and its footnotes below it."""

from collections.abc import Sequence
from dataclasses import replace

from index.ingest.parsing.document import ParsedDocument
from index.ingest.readers.markdown import read_markdown

_BREAK = "***"  # keeps the last paragraph apart from the first note


def read_with_notes(blocks: Sequence[str], notes: Sequence[str]) -> ParsedDocument:
    """Read blocks of Markdown, and notes that belong to none of their sections."""
    text = "\n\n".join([*blocks, _BREAK])
    document = read_markdown("\n\n".join([text, *notes]) if notes else "\n\n".join(blocks))
    passages = (
        replace(block, section=None, anchor=None, context=()) if block.start > len(text) else block
        for block in document.blocks
    )
    return replace(document, blocks=tuple(passages))
