"""Tell by the path of an article how its text is written: plain, in Markdown, or otherwise."""

from pathlib import PurePosixPath

_PLAIN_SUFFIXES = frozenset({".txt", ".text", ""})
_MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdx"})
_CONVERTED_SUFFIXES = frozenset({".rst", ".rest", ".adoc", ".asciidoc"})


def is_plain(article: str) -> bool:
    """Return whether an article is plain text."""
    return _suffix(article) in _PLAIN_SUFFIXES


def is_markdown(article: str) -> bool:
    """Return whether the text of an article is Markdown, its author's or a reader's."""
    return _suffix(article) in _MARKDOWN_SUFFIXES | _CONVERTED_SUFFIXES


def is_converted(article: str) -> bool:
    """Return whether a reader wrote the Markdown of an article."""
    return _suffix(article) in _CONVERTED_SUFFIXES


def _suffix(article: str) -> str:
    return PurePosixPath(article).suffix.lower()
