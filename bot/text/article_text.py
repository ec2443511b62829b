"""Tell how the text of an article is written: plain, in Markdown, or as a reader converted it."""

import re
from pathlib import PurePosixPath

_MARKDOWN_SUFFIXES = {".md", ".markdown", ".mdx"}
_CONVERTED_SUFFIXES = {".rst", ".rest", ".adoc", ".asciidoc"}  # a reader wrote the Markdown
_PLAIN_SUFFIXES = {".txt", ".text", ""}

# What the readers of web pages and documents write as in Markdown.
INLINE_CODE = re.compile(r"(?<![`\\])(`[^`\n]{1,100}`)(?!`)")
TABLE_ROWS = re.compile(r"^(?:\|[^\n]*\|[ \t]*(?:\n|\Z)){2,}", re.MULTILINE)
_CELL_BORDER = re.compile(r"(?<=\s)\|(?=\s)")


def is_plain(article: str) -> bool:
    """Return whether an article is plain text, by its path."""
    return _suffix(article) in _PLAIN_SUFFIXES


def is_markdown(article: str) -> bool:
    """Return whether the text of an article is Markdown, by its path."""
    return _suffix(article) in _MARKDOWN_SUFFIXES | _CONVERTED_SUFFIXES


def is_converted(article: str) -> bool:
    """Return whether a reader wrote the Markdown of an article, by its path."""
    return _suffix(article) in _CONVERTED_SUFFIXES


def _suffix(article: str) -> str:
    return PurePosixPath(article).suffix.lower()


def table_rows(table: str) -> tuple[tuple[str, ...], ...]:
    """Return the cells of rows such as "| a | b |"."""
    lines = (line.strip()[1:-1] for line in table.strip().split("\n"))
    return tuple(
        tuple(" ".join(cell.split()) for cell in _CELL_BORDER.split(f" {line} ")) for line in lines
    )
