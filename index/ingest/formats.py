"""Choose the reader of a file by its suffix, and tell files that are passed over."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from index.errors import NotAnArticle, NoText, ReadError
from index.ingest.includes import Expansion, IncludableFiles, expand_includes
from index.ingest.parsing.document import ParsedDocument
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.normalize import printable, suffix_of
from index.text.spans import has_words
from index.types import TextFormat


def _reader(module: str, function: str) -> Callable[..., ParsedDocument]:
    """Return a function that imports a reader and calls it.

    The bot reads hardly any files, and all readers would take 3 MB of its memory.
    """

    def read(*source: Any) -> ParsedDocument:
        loaded = import_module(f"index.ingest.readers.{module}")
        document: ParsedDocument = getattr(loaded, function)(*source)
        return document

    return read


def _text_reader(module: str, function: str) -> Callable[[Expansion], ParsedDocument]:
    read = _reader(module, function)
    return lambda source: read(source.text)


_read_plain_text = _text_reader("plain_text.reader", "read_text")
_read_dokuwiki = _text_reader("dokuwiki", "read_dokuwiki")


def _read_rst(source: Expansion) -> ParsedDocument:
    return _reader("rst.reader", "read_rst")(source.text, source.titles)


def _read_markdown(source: Expansion) -> ParsedDocument:
    from index.ingest.readers.markdown.mdx import looks_like_mdx, read_mdx  # noqa: PLC0415 - ditto

    if looks_like_mdx(source.text):
        return read_mdx(source.text)
    return _reader("myst.reader", "read_myst")(source.text, source.titles)


def _read_asciidoc(source: Expansion) -> ParsedDocument:
    return _reader("asciidoc.reader", "read_asciidoc")(source.text, source.titles)


def _read_text(source: Expansion) -> ParsedDocument:
    """Read plain text; reStructuredText and pages of DokuWiki have its suffix, too."""
    from index.ingest.readers.dokuwiki import looks_like_dokuwiki  # noqa: PLC0415 - see _reader
    from index.ingest.readers.rst.reader import looks_like_rst  # noqa: PLC0415

    if looks_like_rst(source.text):
        return replace(_read_rst(source), text_format=TextFormat.CONVERTED)
    if looks_like_dokuwiki(source.text):
        return replace(_read_dokuwiki(source), text_format=TextFormat.CONVERTED)
    return _read_plain_text(source)


_JSON_FEED = "feed.json"  # the end of its name: other files of JSON are data
_TEXT_READERS: dict[str, Callable[[Expansion], ParsedDocument]] = {
    **dict.fromkeys((".txt", ".text"), _read_text),
    **dict.fromkeys((".rst", ".rest"), _read_rst),
    **dict.fromkeys((".md", ".markdown"), _read_markdown),
    ".mdx": _text_reader("markdown.mdx", "read_mdx"),
    **dict.fromkeys((".adoc", ".asciidoc"), _read_asciidoc),
}
_READERS: dict[str, Callable[[bytes], ParsedDocument]] = {
    **dict.fromkeys((".html", ".htm", ".xhtml"), _reader("html.reader", "read_html")),
    **dict.fromkeys((".mhtml", ".mht"), _reader("mhtml", "read_mhtml")),
    ".pdf": _reader("pdf.reader", "read_pdf"),
    ".docx": _reader("docx.reader", "read_docx"),
    ".odt": _reader("odt.reader", "read_odt"),
    ".rtf": _reader("rtf.reader", "read_rtf"),
    ".epub": _reader("epub.reader", "read_epub"),
    **dict.fromkeys((".rss", ".atom", ".xml", _JSON_FEED), _reader("feed", "read_feed")),
    **dict.fromkeys((".srt", ".vtt"), _reader("subtitles", "read_subtitles")),
}
_OPENINGS = {  # by which programs recognize files, whatever their names
    ".pdf": re.compile(rb"%PDF-"),
    ".rtf": re.compile(rb"\s*\{\\rtf"),
    ".html": re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE),
    ".docx": re.compile(rb"PK\x03\x04(?s:.{0,4000})(?:\[Content_Types\]\.xml|word/)"),
    ".odt": re.compile(rb"PK\x03\x04(?s:.{26})mimetypeapplication/vnd\.oasis\.opendocument\.text"),
    ".epub": re.compile(rb"PK\x03\x04(?s:.{26})mimetypeapplication/epub\+zip"),
}
# Of files that can hold front matter; others get a sidecar.
TEXT_SUFFIXES = frozenset(_TEXT_READERS)
FORMATS = (*_TEXT_READERS, *_READERS)  # suffixes of files that can be articles
SUPPORTED = f"supported are {', '.join(FORMATS)}"
_UNREADABLE_DOCUMENTS = {  # that people expect to be read: suffixes, and what to save them as
    ".docx": (".doc", ".docm", ".dotx", ".pages", ".wpd", ".wps", ".gdoc"),
    ".odt": (".fodt", ".ott", ".sxw"),
    ".pdf": (
        *(".ppt", ".pptx", ".odp", ".key", ".xls", ".xlsx", ".ods", ".numbers"),
        *(".djvu", ".ps", ".xps", ".tex", ".typ", ".one"),
    ),
    ".epub": (".mobi", ".azw", ".azw3", ".fb2", ".lit"),
    ".html": (
        *(".webarchive", ".enex"),
        *(".texi", ".texinfo", ".docbook", ".dbk", ".pod", ".man", ".chm"),
    ),
    ".txt": (".eml", ".msg", ".mbox"),
    ".md": (
        *(".org", ".textile", ".mediawiki", ".wiki", ".wikitext", ".creole", ".ipynb"),
        *(".qmd", ".rmd", ".mkd", ".mkdn", ".mdwn", ".mdown"),
    ),
    ".srt": (".sbv", ".ass", ".ssa", ".ttml"),
}
_SITE_FILE = re.compile(
    r"(?:[\w-]*(?:requirements|constraints)[\w.-]*|robots|humans|ads|cmakelists|top_level|sources"
    r"|_?redirects|(?:[\w-]*[_-])?wordlist"
    r"|entry_points|dependency_links|sidebar|_{1,2}template)\.txt"
)
_NAVIGATION = re.compile(  # of mdBook, GitBook, wikis of GitHub, docsify
    r"SUMMARY\.md|_(?:Sidebar|Footer|Header|sidebar|navbar|coverpage)\.(?:md|markdown|rst)"
    r"|nav(?:[.-]\w+)?\.adoc"  # Antora
    r"|.+\.excalidraw\.md"  # a drawing in Obsidian
)
_TEMPLATE_FOLDERS = {"layouts", "_layouts", "_includes", "_partials", "_templates", "partials"}
_TEMPLATE_SUFFIXES = (*_TEXT_READERS, ".html", ".htm", ".xhtml", ".xml")
_TEMPLATE = re.compile(rb"\{\{|\{%|<%|<\?php")  # of Hugo, Jekyll, Django, Rails, PHP
_TEMPLATE_TAG = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|<%[^<>]*%>")
_SAVE_AS = {suffix: other for other, all_ in _UNREADABLE_DOCUMENTS.items() for suffix in all_}


def is_supported(path: str) -> bool:
    """Return whether a file can be an article, by its suffix."""
    return _suffix(path) in FORMATS


def is_document(path: str) -> bool:
    """Return whether a file of an unsupported format holds text that somebody may miss."""
    return _suffix(path) in _SAVE_AS


def unsupported(path: str) -> str:
    """Return the reason why a file of this name is not read."""
    suffix = PurePosixPath(path).suffix
    problem = f"{printable(suffix)} files are not supported" if suffix else "its name has no suffix"
    if save_as := _SAVE_AS.get(suffix.lower()):
        return f"{problem}; save it as {save_as}"
    return f"{problem}; {SUPPORTED}"


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a file with what it includes, and notes on bytes that are damaged."""

    expansion: Expansion
    notes: Sequence[str] = ()


def source_text(path: str, data: bytes, files: IncludableFiles | None = None) -> SourceText | None:
    """Decode a file, with those of ``files`` that it includes; None unless it is a text.

    Raises ReadError if it cannot become an article.
    """
    if not is_supported(path):
        raise ReadError(unsupported(path))
    if _is_part_of_a_site(path):
        raise NotAnArticle("is part of a site or a program; rename it if it is an article")
    if _suffix(path) not in TEXT_SUFFIXES:
        return None
    text, notes = _decode(data)
    return SourceText(expand_includes(text, path, files) if files else Expansion(text), notes)


def parse(path: str, data: bytes, source: SourceText | None = None) -> ParsedDocument:
    """Parse the content of a file, or the text with what it includes.

    Raises ReadError if it cannot become an article.
    """
    document = _read(path, data, source or source_text(path, data))
    may_be_template = path.lower().endswith(_TEMPLATE_SUFFIXES)
    if may_be_template and _TEMPLATE.search(data) and not _has_own_text(document):
        raise NotAnArticle("is a template of pages, not an article; add the finished page")
    if document.blocks:
        return document
    if _suffix(path) in TEXT_SUFFIXES:
        raise NoText("contains no paragraphs; add text, or delete the file")
    raise ReadError("contains no paragraphs; add text, or delete the file")


def _read(path: str, data: bytes, source: SourceText | None) -> ParsedDocument:
    if source is None:
        return _read_document(_suffix(path), data)
    document = _TEXT_READERS[_suffix(path)](source.expansion)
    return _with_notes(document, source.notes)


def _read_document(suffix: str, data: bytes) -> ParsedDocument:
    """Read a file that is no plain text, by its content if that contradicts its name."""
    if not data.strip():
        raise ReadError(f"the file is empty ({len(data)} bytes); delete it")
    kind = _kind(data)
    if kind is None or kind == suffix or _READERS[kind] is _READERS[suffix]:
        return _READERS[suffix](data)
    return _with_notes(_READERS[kind](data), [f"its content is {kind[1:].upper()}; rename it"])


def _kind(data: bytes) -> str | None:
    """Return the suffix of the format that the first bytes of a file are in, if they tell it."""
    return next((suffix for suffix, opening in _OPENINGS.items() if opening.match(data)), None)


def _decode(data: bytes) -> tuple[str, Sequence[str]]:
    """Decode a text; one with a few damaged bytes is read all the same, with a note."""
    try:
        return decode(data), ()
    except ReadError as error:
        with suppress(ReadError):
            return _repaired(data, error)
        raise


def _repaired(data: bytes, error: ReadError) -> tuple[str, Sequence[str]]:
    problem = str(error).partition("; ")[0]
    note = f"{problem}; read all the same: look there for a wrong character"
    return decode(data, repair=True), [note]


def _with_notes(document: ParsedDocument, notes: Sequence[str]) -> ParsedDocument:
    return replace(document, notes=(*document.notes, *notes)) if notes else document


def _is_part_of_a_site(path: str) -> bool:
    """Return whether a file is a template or a list for programs, by its name and its folders."""
    *folders, name = PurePosixPath(path.lower()).parts
    if _NAVIGATION.fullmatch(PurePosixPath(path).name):
        return True
    if _SITE_FILE.fullmatch(name) or "archetypes" in folders:
        return True
    return not _TEMPLATE_FOLDERS.isdisjoint(folders) and _suffix(path) not in TEXT_SUFFIXES


def _has_own_text(document: ParsedDocument) -> bool:
    """Return whether a document has text outside of the tags of a template."""
    texts = (document.text[block.start : block.end] for block in document.blocks)
    return any(has_words(_TEMPLATE_TAG.sub("", text)) for text in texts)


def _suffix(path: str) -> str:
    """Return the suffix of a file; of a JSON Feed the end of its name that tells it."""
    if path.lower().endswith(_JSON_FEED):
        return _JSON_FEED
    return suffix_of(path)
