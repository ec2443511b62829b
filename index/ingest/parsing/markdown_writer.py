"""A draft as a Markdown file: what was extracted from a page, with front matter over it.

Read again it has the same paragraphs in the same sections.
"""

import json
import re
from dataclasses import fields

from index.ingest.parsing.document import ParsedDocument, ParsedMetadata

# What Markdown would take for more than words at the start of a line.
_SPECIAL = re.compile(
    r"^(#{1,6}(?:\s|\Z)|```|~~~|<|\[[^\]]+\]:|=+\s*\Z|-{3,}|[*_]{3,})", re.MULTILINE
)


def as_markdown(draft: ParsedDocument, told: ParsedMetadata) -> str:
    """The text of a Markdown file with the blocks of ``draft``; ``told`` is its front matter."""
    parts = [front_lines(told)]
    section: str | None = None
    for block in draft.blocks:
        if block.section and block.section != section:
            section = block.section
            anchor = f" {{#{block.anchor}}}" if block.anchor else ""
            parts.append(f"## {section}{anchor}")
        parts.append(_paragraph(draft.text[block.start : block.end]))
    return "\n\n".join(parts) + "\n"


def _paragraph(text: str) -> str:
    """A block as Markdown; what has empty lines in it stands between fences."""
    if "\n\n" not in text:
        return _SPECIAL.sub(r"\\\1", text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def front_lines(told: ParsedMetadata) -> str:
    """Front matter between its fences; YAML reads JSON's strings."""
    return "\n".join(["---", *key_lines(told), "---"])


def key_lines(told: ParsedMetadata) -> list[str]:
    """The lines key: value of what is known."""
    pairs = ((item.name, getattr(told, item.name)) for item in fields(told))
    return [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in pairs if value]
