"""Write the tree that docutils makes of reStructuredText as Markdown."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from index.ingest.parsing import markdown_writer as markdown
from index.ingest.parsing.superscripts import append_subscript, append_superscript

if TYPE_CHECKING:
    from docutils import nodes

_TARGET = re.compile(r"\s+<[^<>]+>\Z")
_LIST_ITEM = re.compile(r"(?:-|\d+\.)\s")
_MIN_ERROR_LEVEL = 3  # of a message that stands for source which docutils could not parse
_SKIPPED = set(
    "comment target substitution_definition pending raw meta image docinfo title subtitle"
    " transition decoration colspec header footer generated".split()
)
_SKIPPED_INLINE = {"footnote_reference", "raw", "target", "system_message"}
_GENERATED = ["{% generated %}"]  # only a page shows it: its heading says nothing
_SENTENCE_END = re.compile(r"[.!?:\u3002]\W*\Z")


def plain_text(node: Any) -> str:
    """Return the text of a paragraph or a heading on one line; literals stand in backticks."""
    return " ".join(_inline(node).split())


def _inline(node: Any) -> str:
    written = ""
    for child in node.children:
        if child.tagname == "superscript":
            written = append_superscript(written, child.astext())
        elif child.tagname == "subscript":
            written = append_subscript(written, child.astext())
        elif child.tagname == "image":
            written += child.get("alt", "")
        elif writer := _INLINE_WRITERS.get(child.tagname):
            written += writer(child.astext())
        elif child.tagname not in _SKIPPED_INLINE:
            written += _inline(child)
    return written


def _code_span(text: str) -> str:
    """Return text in backticks, unless it contains some itself."""
    return text if "`" in text else f"`{text}`"


def _unresolved(text: str) -> str:
    """Return the name of a substitution that is defined elsewhere."""
    return text.strip("|") if text.startswith("|") and text.endswith("|") else text


def _reference_title(text: str) -> str:
    """Return the title of a reference in Sphinx's default role."""
    return _TARGET.sub("", text)


_INLINE_WRITERS: dict[str, Callable[[str], str]] = {
    "#text": str,
    "literal": _code_span,
    "problematic": _unresolved,
    "title_reference": _reference_title,
    "math": "${}$".format,
    "citation_reference": "[{}]".format,
}


@dataclass(slots=True)
class MarkdownWriter:
    """Writes block by block; footnotes follow the text."""

    footnotes: list[str] = field(default_factory=list)

    def write(self, document: "nodes.document") -> str:
        """Return a document as Markdown, with its title as the only heading of the first level."""
        title = document.next_node(lambda node: node.tagname == "title", descend=True)
        has_title = title is not None and title.parent is document
        blocks = [markdown.heading(1, plain_text(title))] if has_title else []
        level = 2
        for subtitle in document.findall(lambda node: node.tagname == "subtitle"):
            blocks.append(_heading(subtitle, subtitle, level))  # the file's only section
            level += 1
        blocks += self._children(document, level)
        return "\n\n".join([*blocks, *self.footnotes]) + "\n"

    def _children(self, node: Any, level: int) -> list[str]:
        return [block for child in node.children for block in self._blocks(child, level)]

    def _blocks(self, node: Any, level: int) -> Iterable[str]:
        """Return the blocks of a node; ``level`` is that of the headings in it."""
        name = node.tagname
        if name in _SKIPPED or "contents" in _classes(node):
            return []
        if name == "section":
            return self._section(node, level)
        if name == "rubric":
            return [_rubric(plain_text(node), level)]
        if writer := _WRITERS.get(name):
            return writer(self, node)
        if name in _ADMONITIONS or (name == "container" and node.get("title")):
            return self._container(node, _ADMONITIONS.get(name, "note"), node.get("title"))
        return self._children(node, level)

    def _section(self, section: Any, level: int) -> list[str]:
        title = section[0] if section.children and section[0].tagname == "title" else None
        heading = [] if title is None else [_heading(title, section, level)]
        blocks = self._children(section, level + 1)
        is_generated = not blocks and any(child.tagname == "pending" for child in section.children)
        return [*heading, *(_GENERATED if is_generated else blocks)]

    def _container(self, node: Any, kind: str, title: str | None = None) -> list[str]:
        """Write an admonition, or the description of a function or a setting, with its title."""
        first = node[0] if node.children and node[0].tagname == "title" else None
        title = title or (plain_text(first) if first is not None else "")
        heading = " ".join(title.replace('"', "'").split())
        content = "\n\n".join(self._children(node, markdown.MAX_HEADING_LEVEL))
        if not content:
            return [markdown.paragraph(_code_span(heading))] if heading else []
        opening = f'!!! {kind} "{heading}"' if heading else f"!!! {kind}"
        return [f"{opening}\n\n{markdown.indented(content, '    ')}"]

    def _bullets(self, node: Any) -> list[str]:
        items = [markdown.list_item("-", self._item_blocks(item)) for item in node.children]
        return [markdown.join_items(items)]

    def _numbered(self, node: Any) -> list[str]:
        first = int(node.get("start", 1))
        items = [
            markdown.list_item(f"{number}.", self._item_blocks(item))
            for number, item in enumerate(node.children, first)
        ]
        return [markdown.join_items(items)]

    def _item_blocks(self, item: Any) -> list[str]:
        """Return the blocks of a list item, which is a term if the next line is indented deeper."""
        first, *others = item.children or [None]
        if first is None or first.tagname != "definition_list" or len(first.children) > 1:
            return self._children(item, markdown.MAX_HEADING_LEVEL)
        following = (self._blocks(each, markdown.MAX_HEADING_LEVEL) for each in others)
        return [*self._definition_blocks(first[0]), *chain.from_iterable(following)]

    def _definitions(self, node: Any) -> list[str]:
        """Write terms, fields and options with what they mean as list items."""
        return [markdown.join_items([*map(self._definition, node.children)])]

    def _definition(self, item: Any) -> str:
        return markdown.list_item("-", self._definition_blocks(item))

    def _definition_blocks(self, item: Any) -> list[str]:
        """Return a term, followed by what it means."""
        *terms, meaning = item.children or [item]
        names = map(_term, terms)
        blocks = self._children(meaning, markdown.MAX_HEADING_LEVEL)
        term = ", ".join(name for name in names if name)
        term = term.rstrip(":") if blocks else term
        if term and blocks and "\n" not in blocks[0] and not _LIST_ITEM.match(blocks[0]):
            blocks[0] = f"{term}: {blocks[0]}"
        elif term:
            blocks.insert(0, f"{term}:" if blocks else term)
        return blocks

    def _lines(self, node: Any) -> list[str]:
        lines = (plain_text(line) for line in node.findall(lambda each: each.tagname == "line"))
        return ["\n".join(map(markdown.paragraph, filter(None, lines)))]

    def _footnote(self, node: Any) -> list[str]:
        children = [child for child in node.children if child.tagname != "label"]
        for child in children:
            self.footnotes += self._blocks(child, markdown.MAX_HEADING_LEVEL)
        return []

    def _citation(self, node: Any) -> list[str]:
        label = plain_text(node[0]) if node.children else ""
        blocks = [block for child in node.children[1:] for block in self._blocks(child, 6)]
        return [f"[{label}] {blocks[0]}", *blocks[1:]] if blocks else []

    def _table(self, node: Any) -> list[str]:
        """Write a table with a cell on one line; without a head its first row is the head."""
        title = [plain_text(child) for child in node.children if child.tagname == "title"]
        rows = [
            [self._cell(entry) for entry in row.children]
            for row in node.findall(lambda each: each.tagname == "row")
        ]
        return [*title, markdown.table(rows)] if rows else title

    def _cell(self, entry: Any) -> str:
        """Return a cell's text; in the middle of a line nothing has to be escaped."""
        blocks = (
            [plain_text(child)]
            if child.tagname == "paragraph"
            else self._blocks(child, markdown.MAX_HEADING_LEVEL)
            for child in entry.children
        )
        return " ".join(chain.from_iterable(blocks))


def _term(node: Any) -> str:
    return _code_span(node.astext()) if node.tagname == "option_group" else plain_text(node)


def _classes(node: Any) -> Iterable[str]:
    return node.get("classes", []) if hasattr(node, "get") else []


def _code(_writer: MarkdownWriter, node: Any) -> list[str]:
    text = node.astext().rstrip()
    language = next((each for each in _classes(node) if each not in {"code", "doctest"}), "")
    return [markdown.code_block(text, language.partition(" ")[0])] if text else []


def _text(_writer: MarkdownWriter, node: Any) -> list[str]:
    """Write a paragraph, unless it has nothing but pictures, such as badges."""
    texts = node.findall(lambda each: each.tagname in {"#text", "literal", "math"})
    has_text = any(each.astext().strip() for each in texts)
    return [markdown.paragraph(plain_text(node))] if has_text else []


def _caption(writer: MarkdownWriter, node: Any) -> list[str]:
    """Write the caption of a picture if it is a sentence: others only name what is seen."""
    return _text(writer, node) if _SENTENCE_END.search(node.astext()) else []


def _heading(title: Any, section: Any, level: int) -> str:
    """Return the heading of a section with the id that links to it."""
    anchor = next(iter(section.get("ids", [])), None)
    return markdown.heading(level, plain_text(title)) + (f" {{#{anchor}}}" if anchor else "")


def _rubric(title: str, level: int) -> str:
    """Return a heading without a section, or the introduction to what follows inside a block."""
    is_heading = level < markdown.MAX_HEADING_LEVEL
    return markdown.heading(level, title) if is_heading else f"{title.rstrip(':')}:"


def _formula(_writer: MarkdownWriter, node: Any) -> list[str]:
    return [f"$$ {' '.join(node.astext().split())} $$"]


def _message(writer: MarkdownWriter, node: Any) -> Iterator[str]:
    """Write the source that docutils could not parse, such as a malformed table, as it is."""
    if node.get("level", 0) >= _MIN_ERROR_LEVEL:
        for child in node.findall(lambda each: each.tagname == "literal_block"):
            yield from _code(writer, child)


_Writer = Callable[[MarkdownWriter, Any], Iterable[str]]
_ADMONITIONS = {
    **dict.fromkeys(("note", "hint", "important", "tip"), "note"),
    **dict.fromkeys(("attention", "caution", "danger", "error", "warning"), "warning"),
    **dict.fromkeys(("admonition", "topic", "sidebar"), "note"),
}
_WRITERS: dict[str, _Writer] = {
    **dict.fromkeys(("paragraph", "attribution", "term"), _text),
    "caption": _caption,
    **dict.fromkeys(("literal_block", "doctest_block"), _code),
    **dict.fromkeys(("definition_list", "field_list", "option_list"), MarkdownWriter._definitions),
    "math_block": _formula,
    "system_message": _message,
    "bullet_list": MarkdownWriter._bullets,
    "enumerated_list": MarkdownWriter._numbered,
    "line_block": MarkdownWriter._lines,
    "footnote": MarkdownWriter._footnote,
    "citation": MarkdownWriter._citation,
    "table": MarkdownWriter._table,
}
