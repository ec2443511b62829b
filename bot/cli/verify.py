"""Body of ``quoth verify``: print whether a text is in the articles, and what differs."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from bot.cli.output.answers import location, origin
from bot.cli.output.console import escape_control_characters, make_console, print_text
from index.verification.alignment import WordChange
from index.verification.result import DiffPart, Match, Place, Verification

_MAX_OMITTED_CHARS = 200
_INTRODUCTIONS = {
    Match.EXACT: ("Word for word in the articles:", "bold green"),
    Match.NEAR: ("Not word for word. The closest place:", "yellow"),
    Match.NONE: ("Not in the articles.", "bold red"),
}
_LEGEND = "[-in your text-] {+in the article+}"


def print_verification(verification: Verification) -> None:
    """Print the outcome, then each place with its citation and a word diff."""
    out = make_console()
    introduction, style = _INTRODUCTIONS[verification.match]
    out.print(Text(introduction, style=style))
    for place in verification.places:
        _print_place(out, place)
    if verification.has_more:
        out.print()
        out.print("There are more places with this text.")


def _print_place(out: Console, place: Place) -> None:
    out.print()
    number = Text(f"[{place.quote.citation.number}]", style="bold cyan")
    out.print(Text(" ").join((number, origin(place.quote))), soft_wrap=True)
    position = f"{location(place.quote)}, characters {place.start}–{place.end}"
    out.print(Text(f"    {position}", style="dim"), soft_wrap=True)
    out.print()
    print_text(out, diff_text(place.parts))
    if any(part.change is WordChange.CHANGED for part in place.parts):
        out.print()
        out.print(Text(f"    {_LEGEND}", style="dim"))


def diff_text(parts: Sequence[DiffPart]) -> Text:
    """Render a word diff, readable with and without colours; omitted words are in parentheses."""
    return Text("").join(map(_part_text, parts))


def _part_text(part: DiffPart) -> Text:
    stored = escape_control_characters(part.stored)
    if part.change is WordChange.SAME:
        return Text(stored)
    if part.change is WordChange.OMITTED:
        return _omitted_text(" ".join(stored.split()))
    quoted = escape_control_characters(part.quoted)
    removed = Text(f"[-{quoted.strip()}-]", style="red strike") if quoted.strip() else Text("")
    added = Text(f"{{+{stored.strip()}+}}", style="green") if stored.strip() else Text("")
    return removed + added + Text(" " * (stored or quoted).endswith((" ", "\n")))


def _omitted_text(omitted: str) -> Text:
    if len(omitted) > _MAX_OMITTED_CHARS:
        omitted = f"{len(omitted.split())} words left out"
    return Text(f" (… {omitted} …) " if omitted else " … ", style="dim")
