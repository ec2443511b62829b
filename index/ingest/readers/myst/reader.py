"""Read Markdown with what Sphinx and Jupyter Book (MyST) add: roles, and reStructuredText."""

from collections.abc import Mapping
from textwrap import dedent

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument
from index.ingest.parsing.markdown_writer import indented
from index.ingest.readers.markdown.reader import read_markdown
from index.ingest.readers.myst.references import write_references
from index.ingest.readers.rst.reader import write_markdown
from index.text.markdown.fences import FencedCode, fenced_code

_RST = "{eval-rst}"


def read_myst(text: str, titles: Mapping[str, str]) -> ParsedDocument:
    """Parse decoded Markdown. Raises ReadError when it has too many lines or table cells.

    ``titles`` are those that references stand for.
    """
    return read_markdown(write_references(_write_rst(text, titles), titles))


def _write_rst(text: str, titles: Mapping[str, str]) -> str:
    """Return a text with its blocks of reStructuredText as Markdown."""
    if _RST not in text:
        return text
    parts, position = [], 0
    for code in fenced_code(text):
        if code.is_closed and code.info.strip() == _RST:
            parts += [text[position : code.span[0]], _as_markdown(text, code, titles)]
            position = code.span[1]
    return "".join([*parts, text[position:]])


def _as_markdown(text: str, code: FencedCode, titles: Mapping[str, str]) -> str:
    """Return a block of reStructuredText as Markdown, as it is if it cannot be parsed."""
    source = text[slice(*code.span)]
    first, *lines, _ = source.splitlines()
    indent = first[: len(first) - len(first.lstrip())]
    if not first.startswith((f"{indent}`", f"{indent}~")):  # behind the mark of a list
        return source
    try:
        written = write_markdown(dedent("\n".join(lines)), titles)
    except ReadError:
        return source
    return indented(written, indent)
