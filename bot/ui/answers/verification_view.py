"""Build the message that says whether a quotation is in the articles, and what differs."""

from collections.abc import Iterator, Sequence

import discord
from discord import ui

from bot.text.discord_markdown import OMITTED, escape, size
from bot.text.marked_excerpt import MarkedExcerpt
from bot.text.messages import Messages
from bot.text.quotes import block_quote
from bot.text.truncate import excerpt, shorten
from bot.ui.answers.answer_text import MESSAGE_LIMIT
from bot.ui.answers.citation_text import citation_text
from bot.ui.container import layout
from index.verification.alignment import WordChange
from index.verification.result import DiffPart, Match, Place, Verification

_COLOURS = {
    Match.EXACT: discord.Colour(0x3BA55D),
    Match.NEAR: discord.Colour(0xF0B232),
    Match.NONE: discord.Colour(0xD83C3E),
}
_CHECKED_LIMIT = 200  # of the text that was checked, above the result
_MAX_CITATIONS = 3
_CITATIONS_LIMIT = 1200
_RESERVED_UNITS = 500  # for the lines around the quotes
_SAME_CHARS = 90  # kept of unchanged words on either side of a change
_PART_CHARS = 600  # of a single change


def verification_view(verifications: Sequence[Verification], messages: Messages) -> ui.LayoutView:
    """Build a message with the outcome of each check."""
    worst = max(verifications, key=lambda each: list(Match).index(each.match))
    container = ui.Container[ui.LayoutView](accent_colour=_COLOURS[worst.match])
    limit = (MESSAGE_LIMIT - 100) // len(verifications)
    for index, verification in enumerate(verifications):
        if index:
            container.add_item(ui.Separator())
        for text in _texts(verification, messages, limit):
            container.add_item(ui.TextDisplay(text))
    return layout(container)


def _texts(verification: Verification, messages: Messages, limit: int) -> Iterator[str]:
    outcome = {
        Match.EXACT: messages.quotation_exact,
        Match.NEAR: messages.quotation_near,
        Match.NONE: messages.quotation_missing,
    }[verification.match]
    checked = messages.in_quotes.format(shorten(verification.text, _CHECKED_LIMIT))
    yield f"{outcome}\n-# {checked}"
    places = verification.places[:_MAX_CITATIONS]
    if not places:
        return
    quote_limit = max(300, limit - _RESERVED_UNITS - _CHECKED_LIMIT - _CITATIONS_LIMIT)
    near = verification.match is Match.NEAR
    yield diff_text(places[0].parts, quote_limit) if near else _quote(places[0], quote_limit)
    if near:
        yield f"-# {messages.diff_legend}"
    citations = [_citation(place, messages, len(places)) for place in places]
    if verification.has_more or len(verification.places) > len(places):
        citations.append(f"-# {messages.more_places}")
    yield "\n".join(citations)


def _citation(place: Place, messages: Messages, count: int) -> str:
    return citation_text(place.quote.citation, messages, 2 * count, place.quote.highlight.text)


def _quote(place: Place, limit: int) -> str:
    """Show the quotation in bold in its paragraph, so that a reader sees what is around it."""
    start, end = place.quote.highlight_in_passage
    if start == end:  # the quotation is a heading
        return block_quote(MarkedExcerpt.whole(place.text[:limit]))
    language = place.quote.citation.metadata.language
    return excerpt(place.quote.passage.text, (start, end), limit, language).display


def diff_text(parts: Sequence[DiffPart], limit: int) -> str:
    """Render a word diff as a block quote: the text's own words struck, the article's in bold.

    Words that are the same are shortened around the changes; what is over the limit is cut.
    """
    shown: list[str] = []
    units = size(OMITTED) + 4
    for index, part in enumerate(parts):
        text = _render(part, first=index == 0, last=index == len(parts) - 1)
        if units + size(text) > limit:
            shown.append(OMITTED)
            break
        units += size(text)
        shown.append(text)
    return "> " + "".join(shown).strip()


def _render(part: DiffPart, *, first: bool, last: bool) -> str:
    quoted, stored = _line(part.quoted), _line(part.stored)
    if part.change is WordChange.SAME:
        return _shortened(stored, first=first, last=last)
    if part.change is WordChange.OMITTED:
        omitted = _middle_cut(stored.strip())
        return f" *(… {escape(omitted)} …)* " if omitted else " … "
    words = [_marked("~~", quoted), _marked("**", stored)]
    space = " " if (stored or quoted).endswith(" ") else ""
    return " ".join(filter(None, words)) + space


def _line(text: str) -> str:
    """Put a text on one line, but keep a space at either end."""
    line = " ".join(text.split())
    before, after = (" " if text[i : i + 1 or None].isspace() else "" for i in (0, -1))
    return f"{before}{line}{after}" if line else ""


def _marked(mark: str, text: str) -> str:
    return f"{mark}{escape(_middle_cut(text.strip()))}{mark}" if text.strip() else ""


def _middle_cut(text: str) -> str:
    if len(text) <= _PART_CHARS:
        return text
    return f"{text[: _PART_CHARS // 2]} … {text[-_PART_CHARS // 2 :]}"


def _shortened(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 2 * _SAME_CHARS + 20:
        return escape(text)
    head = text[:_SAME_CHARS].rpartition(" ")[0]
    tail = text[-_SAME_CHARS:].partition(" ")[2]
    kept = ("" if first else escape(head), OMITTED, "" if last else escape(tail))
    return " ".join(filter(None, kept))
