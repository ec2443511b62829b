"""Write a parsed document as a Markdown file with front matter.

Reading the file again gives the same paragraphs in the same sections.
"""

import re
from collections.abc import Iterator

from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.front_matter import format_front_matter

# Text at the start of a line that Markdown would read as markup.
_MARKUP = re.compile(
    r"^(#{1,6}(?:\s|\Z)|```|~~~|<|\[[^\]]+\]:|=+\s*\Z|-{3,}|[*_]{3,})", re.MULTILINE
)


def to_markdown(document: ParsedDocument, front_matter: ParsedMetadata) -> str:
    """Return the text of a Markdown file with ``front_matter`` and the document's blocks."""
    parts = (f"\n{part}\n" for part in _parts(document))
    return format_front_matter(front_matter) + "".join(parts)


def _parts(document: ParsedDocument) -> Iterator[str]:
    """Yield the document's headings and paragraphs as Markdown."""
    section: str | None = None
    for block in document.blocks:
        if block.section and block.section != section:
            section = block.section
            yield f"## {section}" + (f" {{#{block.anchor}}}" if block.anchor else "")
        yield _paragraph(document.text[block.start : block.end])


def _paragraph(text: str) -> str:
    """Escape a paragraph; put text with empty lines in it into a code fence."""
    if "\n\n" not in text:
        return _MARKUP.sub(r"\\\1", text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"
