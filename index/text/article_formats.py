"""Tell how the text of an article is written."""

from pathlib import PurePosixPath

from index.types import Metadata, TextFormat

_USUAL_FORMATS = {
    **dict.fromkeys((".txt", ".text", ""), TextFormat.PLAIN),
    **dict.fromkeys((".md", ".markdown", ".mdx"), TextFormat.MARKDOWN),
    **dict.fromkeys((".rst", ".rest", ".adoc", ".asciidoc"), TextFormat.CONVERTED),
}
_MARKDOWN = frozenset({TextFormat.MARKDOWN, TextFormat.CONVERTED})


def format_of(article: str, metadata: Metadata) -> TextFormat:
    """Return the format of an article's text, by its metadata or else its path."""
    usual = _USUAL_FORMATS.get(PurePosixPath(article).suffix.lower(), TextFormat.DOCUMENT)
    return TextFormat(metadata.text_format or usual)


def is_markdown(article: str, metadata: Metadata) -> bool:
    """Return whether the text of an article is Markdown, its author's or a reader's."""
    return format_of(article, metadata) in _MARKDOWN
