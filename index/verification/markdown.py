"""Find the text of a Markdown article as its readers see it, without the marks around it."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from index.text.spans import Span

_SUFFIXES = frozenset({".md", ".markdown", ".mdx"})
_MARKUP = re.compile(
    r"^[ \t]*+(?:`{3,}|~{3,})[^`\n]*$"  # the fence of code
    r"|^[ \t:|]*+-[ \t:|-]*+$"  # between a table's header and its rows
    r"|^[ \t]*+(?:>[ \t]?|\#{1,6}[ \t]+|[-*+][ \t]+)+(?:\[![\w-]+\][ \t]*)?"
    r"|(?<![\\\w])[*_]{1,3}(?=\S)|(?<=[^\s\\])[*_]{1,3}(?!\w)|\*\*|~~"  # emphasis
    r"|!?\[(?=[^\]\n]{0,300}\]\()|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"  # a link around its text
    r"|(?<!\\)\||\\(?=[!-/:-@\[-`{-~])",
    re.MULTILINE,
)


def is_markdown(article: str) -> bool:
    """Return whether an article is Markdown, by its path."""
    return PurePosixPath(article).suffix.lower() in _SUFFIXES


def shown_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the spans of ``text[start:end]`` between its marks."""
    for markup in _MARKUP.finditer(text, start, end):
        yield start, markup.start()
        start = markup.end()
    yield start, end
