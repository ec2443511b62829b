"""Read Sphinx's glossaries: terms above their indented definitions, empty lines between or not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docutils import nodes
    from docutils.parsers.rst import Directive
    from docutils.statemachine import StringList


@dataclass(slots=True)
class _Entry:
    """Numbers of the lines with the terms, and of the lines of the definition."""

    terms: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def read_glossary(directive: "Directive") -> "list[nodes.Node]":
    """Return the entries of a glossary as a definition list."""
    from docutils import nodes  # noqa: PLC0415 - only this format needs it

    items = [_item(directive, entry) for entry in _entries(directive.content)]
    return [nodes.definition_list("", *items)] if items else []


def _entries(content: "StringList") -> Iterator[_Entry]:
    entry = _Entry()
    for number, line in enumerate(content):
        if not line.strip() or line.startswith(".. "):
            continue
        if line[0].isspace():
            entry.lines.append(number)
            continue
        if entry.lines:
            yield entry
            entry = _Entry()
        entry.terms.append(number)
    if entry.terms:
        yield entry


def _item(directive: "Directive", entry: _Entry) -> "nodes.Node":
    from docutils import nodes  # noqa: PLC0415 - as above

    item = nodes.definition_list_item()
    for number in entry.terms:
        text = directive.content[number].partition(" : ")[0]  # a key for sorting follows it
        children, _ = directive.state.inline_text(text, directive.lineno)
        item += nodes.term("", "", *children)
    definition = nodes.definition()
    if entry.lines:
        first, last = entry.lines[0], entry.lines[-1] + 1
        lines = directive.content[first:last]
        indents = (len(line) - len(line.lstrip()) for line in lines if line.strip())
        lines.trim_left(min(indents))
        directive.state.nested_parse(lines, directive.content_offset + first, definition)
    item += definition
    return item
