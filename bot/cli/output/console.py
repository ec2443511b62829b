"""Print to a terminal or into a pipe, without anything that a terminal would act on."""

import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

INDENT = 4
_MAX_TERMINAL_COLUMNS = 100  # longer lines are hard to read
_PIPE_COLUMNS = 10_000  # so that no line is wrapped
_MAX_LISTED = 20

# Control characters except tab and newline, line separators, bidi controls, lone surrogates.
_CONTROL_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    "|\r(?!\n)"
)
_CONTROL_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "\u2421"}


def make_console(*, to_stderr: bool = False) -> Console:
    """Create a console that prints text verbatim: no markup, emoji or highlighting."""
    console = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False)
    console.width = (
        min(console.width, _MAX_TERMINAL_COLUMNS) if console.is_terminal else _PIPE_COLUMNS
    )
    return console


def escape_control_characters(text: str) -> str:
    """Replace each character that a terminal would act on by a visible symbol.

    Such characters could recolour, move or overwrite text or reverse its direction, and so forge a
    citation.
    """
    return _CONTROL_CHARACTERS.sub(lambda match: _CONTROL_PICTURES.get(match[0], "\ufffd"), text)


def print_status(line: str) -> None:
    """Print a line about progress or next steps to stderr; stdout is for answers only."""
    text = Text(escape_control_characters(line))
    make_console(to_stderr=True).print(text, soft_wrap=True)  # paths must not be broken


def print_json(values: Any) -> None:
    """Print one line of JSON, with control characters escaped."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    line = json.dumps(values, ensure_ascii=not utf8)
    sys.stdout.write(_CONTROL_CHARACTERS.sub(lambda match: f"\\u{ord(match[0]):04x}", line) + "\n")
    sys.stdout.flush()


def print_text(out: Console, text: Text) -> None:
    """Indent and wrap on a terminal; print unwrapped into a pipe, where quotes stay exact."""
    if out.is_terminal:
        out.print(Padding(text, (0, 0, 0, INDENT)))
    else:
        out.print(text, soft_wrap=True)


def print_list(out: Console, heading: str, lines: Sequence[str]) -> None:
    """Print a heading with the number of lines, and the first of them."""
    if not lines:
        return
    out.print(Text(f"{heading}: {len(lines)}", style="bold yellow"))
    for line in lines[:_MAX_LISTED]:
        out.print(Text(escape_control_characters(f"  {line}")), soft_wrap=True)
    if len(lines) > _MAX_LISTED:
        out.print(f"  … and {len(lines) - _MAX_LISTED} more")


def plural(count: int, noun: str) -> str:
    """Return a number with its noun, such as "1 article" and "2,000 articles"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
