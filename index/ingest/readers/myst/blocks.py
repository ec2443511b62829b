"""Write blocks of MyST that are no text, and no code as it is, as Markdown that every page has."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import dedent

from index.errors import ReadError
from index.ingest.parsing.markdown_writer import code_block, indented
from index.ingest.readers.rst.reader import write_markdown
from index.text.markdown.directives import write_directives
from index.text.markdown.fences import FencedCode, fenced_code

_FENCED = re.compile(r"(?:```|~~~)\{")
_DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]+)\}[ \t]*(?P<argument>[^\r\n]*)")
_OPTION = re.compile(r":(?P<name>[\w-]+):[ \t]*(?P<value>.*)")
_CODE_DIRECTIVES = ("code-block", "code", "sourcecode", "code-cell")  # in the language they name


@dataclass(frozen=True, slots=True)
class _Block:
    """A directive with its options and its content; ``titles`` are those of references."""

    argument: str
    options: Mapping[str, str]
    content: str
    titles: Mapping[str, str]


def write_blocks(text: str, titles: Mapping[str, str]) -> str:
    """Return a text with its blocks of reStructuredText, and its code, as plain Markdown."""
    if not _FENCED.search(text):
        return text
    parts, position = [], 0
    for code in fenced_code(write_directives(text)):
        shown = _shown(text, code, titles)
        if shown is not None:
            parts += [text[position : code.span[0]], shown]
            position = code.span[1]
    return "".join([*parts, text[position:]])


def _shown(text: str, code: FencedCode, titles: Mapping[str, str]) -> str | None:
    """Return what a page shows of a block; None for one that stays, as behind a list's mark."""
    directive = _DIRECTIVE.match(code.info)
    write = _WRITERS.get(directive["name"].lower()) if directive and code.is_closed else None
    opening, *lines, _ = text[slice(*code.span)].splitlines()
    indent = opening[: len(opening) - len(opening.lstrip())]
    if directive is None or write is None or opening[len(indent)] not in "`~":
        return None
    lines = dedent("\n".join(lines)).split("\n")
    options = {}
    while lines and (option := _OPTION.fullmatch(lines[0])):
        options[option["name"]] = option["value"]
        del lines[0]
    shown = write(_Block(directive["argument"], options, "\n".join(lines).strip("\n"), titles))
    return None if shown is None else indented(shown, indent)


def _rst(block: _Block) -> str | None:
    try:
        return write_markdown(block.content, block.titles)
    except ReadError:
        return None


def _code(block: _Block) -> str:
    """Return code without its options, below its caption, which often is the name of the file."""
    caption = block.options.get("caption", "").strip("\"'")
    code = code_block(block.content, block.argument)
    return f"{caption.removesuffix(':')}:\n\n{code}" if caption else code


def _terminal(block: _Block) -> str:
    command = block.options.get("input")
    return code_block(f"$ {command}\n\n{block.content}".rstrip() if command else block.content)


_WRITERS: dict[str, Callable[[_Block], str | None]] = {
    "eval-rst": _rst,
    **dict.fromkeys(_CODE_DIRECTIVES, _code),
    "terminal": _terminal,
}
