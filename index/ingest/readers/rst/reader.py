"""Read reStructuredText: docutils parses it, and its tree is written as Markdown.

So code, admonitions, tables and lists are grouped like those of Markdown documentation. Roles and
directives that docutils does not know, such as Sphinx's, keep their text. Nothing is read from
other files or from the network, and raw HTML is left out.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from index.errors import ReadError
from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.guard import guard_parser
from index.ingest.parsing.metadata.front_matter import parse_front_matter
from index.ingest.parsing.normalize import author_names, clean_value, language_code
from index.ingest.readers.markdown.reader import read_markdown
from index.ingest.readers.rst.extensions import register_unknown
from index.ingest.readers.rst.writer import MarkdownWriter

if TYPE_CHECKING:
    from docutils import nodes

_EXPECTED = "expected reStructuredText"
_MAX_CHARS = 3_000_000  # docutils takes about a second for 200,000
_MAX_LINE_CHARS = 50_000
_MAX_MARKS = 5_000  # in one paragraph: docutils takes quadratic time for those without an end
_MAX_EXPANSIONS = 10_000
_SUBSTITUTION = re.compile(r"^[ \t]*\.\. \|[^|\n]+\| replace::((?:.|\n(?=[ \t]))*)", re.MULTILINE)
_HTML_SUBSTITUTION = re.compile(r"^[ \t]*\.\. \|([^|\n]+)\|[ \t]+raw::", re.MULTILINE)  # |br|
_REFERENCE = re.compile(r"\|[^|\s][^|\n]*\|")
_MARK = re.compile(r"[*`|_\[]")
_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,  # no messages
    "halt_level": 5,
    "input_encoding": "unicode",
    "syntax_highlight": "none",
    "smart_quotes": False,
    "line_length_limit": _MAX_LINE_CHARS,  # of substitutions in substitutions, too
    "_disable_config": True,  # no settings from files in the working folder
}
_DIRECTIVE = re.compile(r"^[ \t]*\.\. (?:\|[^|\n]+\| )?[A-Za-z][\w:.+-]*::(?:\s|\Z)", re.MULTILINE)
_TARGET = re.compile(r"^\.\. _[^:\n]+:(?:\s|\Z)|:[a-z:]+:`[^`\n]+`|``[^`\n]+``", re.MULTILINE)
_UNDERLINED = re.compile(r"^\S.*\n([=\-~^*#\"'`:.+_])\1{2,}[ \t]*$", re.MULTILINE)
_SNIFFED_CHARS = 20_000


def read_rst(text: str, titles: Mapping[str, str] = {}) -> ParsedDocument:
    """Parse decoded reStructuredText. Raises ReadError when it is too long.

    ``titles`` are those that references to other files stand for.
    """
    _check_limits(text)
    front_matter = parse_front_matter(text)
    with guard_parser("reStructuredText", _EXPECTED):
        tree = _parse(text[front_matter.body :], titles)
        document = read_markdown(MarkdownWriter().write(tree))
        metadata = front_matter.metadata.over(_metadata(tree)).over(document.metadata)
    return replace(document, metadata=metadata, notes=front_matter.notes)


def write_markdown(text: str, titles: Mapping[str, str]) -> str:
    """Return reStructuredText as Markdown. Raises ReadError as ``read_rst`` does."""
    _check_limits(text)
    with guard_parser("reStructuredText", _EXPECTED):
        return MarkdownWriter().write(_parse(text, titles))


def _check_limits(text: str) -> None:
    """Raise ReadError for a text that would take docutils too long."""
    if len(text) > _MAX_CHARS:
        raise ReadError(f"{len(text):,} characters; the limit is {_MAX_CHARS:,}, so split the file")
    paragraphs = text.replace("\r", "").split("\n\n")
    if max(len(_MARK.findall(each)) for each in paragraphs) > _MAX_MARKS or (
        max(map(len, text.splitlines()), default=0) > _MAX_LINE_CHARS
    ):
        raise ReadError("a paragraph of many thousand words or marks; split it by empty lines")
    if _has_nested_substitutions(text):
        raise ReadError("substitutions that contain others several times; write them out")


def _has_nested_substitutions(text: str) -> bool:
    """Return whether a few lines could expand to gigabytes: docutils does not limit that."""
    counts = [len(_REFERENCE.findall(value)) for value in _SUBSTITUTION.findall(text)]
    return math.prod(count for count in counts if count > 1) > _MAX_EXPANSIONS


def looks_like_rst(text: str) -> bool:
    """Return whether a text file is reStructuredText, as those of Django and Linux are.

    It has a directive, or underlined headings next to targets, roles or literals.
    """
    head = text[:_SNIFFED_CHARS]
    if _DIRECTIVE.search(head):
        return True
    return _UNDERLINED.search(head) is not None and len(_TARGET.findall(head)) >= 2


def _parse(text: str, titles: Mapping[str, str]) -> "nodes.document":
    from docutils.core import publish_doctree  # noqa: PLC0415 - only these files need it

    register_unknown(text)
    tree = publish_doctree(text, settings_overrides=dict(_SETTINGS))
    _resolve_references(tree, titles)
    _remove_html(tree, set(_HTML_SUBSTITUTION.findall(text)))
    return tree


def _remove_html(tree: "nodes.document", names: set[str]) -> None:
    """Remove references to substitutions that stand for HTML, such as line breaks."""
    from docutils import nodes  # noqa: PLC0415 - as above

    for reference in tree.findall(nodes.problematic):
        if reference.astext().strip("|") in names:
            reference.children = []


def _resolve_references(tree: "nodes.document", titles: Mapping[str, str]) -> None:
    """Show the title of what :ref:`label` and :doc:`page` refer to instead of label and path."""
    from docutils import nodes  # noqa: PLC0415 - as above

    for reference in tree.findall(nodes.inline):
        title = _title_here(tree, reference) or titles.get(reference.get("target", ""))
        if title:
            reference.children = [nodes.Text(title)]


def _title_here(tree: "nodes.document", reference: "nodes.inline") -> str:
    """Return the title of what :ref:`label` refers to in the same file."""
    from docutils import nodes  # noqa: PLC0415 - as above

    label = nodes.fully_normalize_name(reference.astext())
    target = tree.ids.get(tree.nameids.get(label) or "")
    titled = (nodes.section, nodes.figure, nodes.table)
    if "ref" not in reference["classes"] or not isinstance(target, titled):
        return ""
    title = target.next_node(lambda node: isinstance(node, (nodes.title, nodes.caption)))
    return str(title.astext()) if title else ""


def _metadata(tree: "nodes.document") -> ParsedMetadata:
    """Return what the list of fields below the title says."""
    from docutils import nodes  # noqa: PLC0415 - as above

    fields: dict[str, str] = {}
    for info in tree.findall(nodes.docinfo):
        for field in info.children:
            name, value = _field(field)
            fields.setdefault(name, value)
    date = fields.get("date") or fields.get("updated") or ""
    return ParsedMetadata(
        publisher=clean_value(fields.get("organization")),
        author=author_names(fields.get("author") or fields.get("authors")),
        published=iso_date(date),
        language=language_code(fields.get("language") or fields.get("lang")),
    )


def _field(field: Any) -> tuple[str, str]:
    """Return the name and the text of a field."""
    from docutils import nodes  # noqa: PLC0415 - as above

    if isinstance(field, nodes.field):
        return field[0].astext().lower(), field[1].astext()
    if isinstance(field, nodes.authors):
        return "authors", "; ".join(author.astext() for author in field.children)
    return str(field.tagname), field.astext()
