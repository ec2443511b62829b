"""What a member sees: layouts made of rendered texts, with buttons under them.

A private message is paged in place; under a public one, what a member leafs through is shown to
that member alone, so that the channel stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.services.answers import AnswerPage
from bot.services.context_pages import ContextPage, NumberedParagraph
from bot.text.messages import Messages
from bot.ui.answer_buttons import (
    CastVote,
    Delete,
    FollowUp,
    MoreContext,
    ReadOn,
    Share,
    TurnPage,
    WholeArticle,
)
from bot.ui.answer_text import QuoteText, answer_text, linked_title, source_text, understood_text
from bot.ui.discord_compat import retry_after_429
from index.types import Verdict

ANSWERED = discord.Colour(0x5865F2)
_COLOURS = {
    Verdict.ANSWERED: ANSWERED,
    Verdict.CLOSEST: discord.Colour(0xF0B232),
    Verdict.NOTHING: discord.Colour(0x80848E),
}
_IN_A_ROW = 5  # buttons


@dataclass(frozen=True, slots=True)
class AnswerFrame:
    """What is around an answer.

    ``asker`` may delete it: for an answer that others see. ``share`` offers to post it. ``by`` is
    a line on who asked or shared it. Without ``heading`` the question stands elsewhere.
    """

    heading: bool = True
    asker: int | None = None
    share: bool = False
    by: str = ""


BARE = AnswerFrame()


def answer_view(page: AnswerPage, words: Messages, frame: AnswerFrame = BARE) -> ui.LayoutView:
    """An answer: the best quote in full, the next shorter, each with its citation and context."""
    note = words.updated if page.updated else ""
    lead = understood_text(page.question, words, frame.by)
    shown = page.question.shown if frame.heading else ""
    text = answer_text(page.answer, words, heading=shown, lead=lead, note=note)
    box = ui.Container[ui.LayoutView](accent_colour=_COLOURS[page.answer.verdict])
    intro = words.nothing_closest if page.closest else text.intro
    for line in (text.heading, intro):
        if line:
            box.add_item(ui.TextDisplay(line))
    for place, quote in enumerate(text.quotes):
        if place:
            box.add_item(ui.Separator())
        _add_quote(box, quote, page.id, words, first=not place)
    _add_closest(box, page, words)
    if text.notes:
        box.add_item(ui.TextDisplay(text.notes))
    return layout(box, *_answer_rows(page, words, frame))


def reading_view(
    identity: str, number: int, reading: ContextPage, words: Messages
) -> ui.LayoutView:
    """The paragraphs around quote ``number``, with the quote still marked."""
    box = ui.Container[ui.LayoutView](accent_colour=ANSWERED)
    first, last = reading.paragraphs[0].number, reading.paragraphs[-1].number
    line = words.context_one if first == last else words.context
    title = f"**{linked_title(reading.source.metadata)}**"
    box.add_item(
        ui.TextDisplay(line.format(title=title, first=first, last=last, total=reading.total))
    )
    for place, paragraph in enumerate(reading.paragraphs):
        box.add_item(ui.Separator(visible=not place))
        box.add_item(ui.TextDisplay(_paragraph(paragraph, words)))
    row: list[ui.Item[Any]] = []
    if reading.earlier:
        row.append(ReadOn.of(identity, number, reading.page - 1, words.earlier))
    if reading.later:
        row.append(ReadOn.of(identity, number, reading.page + 1, words.later))
    if row:
        row.append(WholeArticle.of(identity, number, words.whole_article))
    return layout(box, row)


def _add_quote(
    box: ui.Container[ui.LayoutView],
    quote: QuoteText,
    identity: str,
    words: Messages,
    *,
    first: bool,
) -> None:
    """The quote over the whole width; under it its citation, with the context button beside."""
    label = words.more_context if first else f"{words.more_context} {quote.number}"
    more = MoreContext.of(identity, quote.number, label)
    box.add_item(ui.TextDisplay(quote.quote.display))
    box.add_item(ui.Section(quote.citation, accessory=more))


def _add_closest(box: ui.Container[ui.LayoutView], page: AnswerPage, words: Messages) -> None:
    """Articles to read instead, where nothing was found."""
    for number, source in enumerate(page.closest, 1):
        label = words.browse if number == 1 else words.browse_number.format(number)
        read = MoreContext.of(page.id, number, label)
        box.add_item(ui.Section(source_text(source, words), accessory=read))


def _answer_rows(page: AnswerPage, words: Messages, frame: AnswerFrame) -> list[list[ui.Item[Any]]]:
    """One row where they fit in it, else paging in a row of its own."""
    paging: list[ui.Item[Any]] = []
    if page.skip:
        before = max(0, page.skip - page.limit)
        paging.append(TurnPage.of(page.id, before, words.previous_passages))
    if page.more:
        after = page.skip + len(page.answer.quotes)
        paging.append(TurnPage.of(page.id, after, words.next_passages))
    rest = _answer_buttons(page, words, frame)
    return [paging + rest] if len(paging) + len(rest) <= _IN_A_ROW else [paging, rest]


def _answer_buttons(page: AnswerPage, words: Messages, frame: AnswerFrame) -> list[ui.Item[Any]]:
    row: list[ui.Item[Any]] = []
    if frame.share and page.answer.quotes:
        row.append(Share.of(page.id, words))
    if page.answer.quotes or not page.skip:
        row.append(FollowUp.of(page.id, words))
    if page.answer.quotes and not page.skip:
        row += [CastVote.of(page.id, "up"), CastVote.of(page.id, "down")]
    if frame.asker is not None:
        row.append(Delete.of(page.id, frame.asker, words.delete))
    return row


def _paragraph(paragraph: NumberedParagraph, words: Messages) -> str:
    label = words.quoted if paragraph.quoted else words.heading
    return f"-# {label.format(paragraph.number)}\n{paragraph.display}"


def layout(box: ui.Container[ui.LayoutView], *rows: Sequence[ui.Item[Any]]) -> ui.LayoutView:
    """The message: a box, with rows of buttons at its end when there are any."""
    view = ui.LayoutView(timeout=None)
    filled = [row for row in rows if row]
    if filled:
        box.add_item(ui.Separator(visible=False))
    for row in filled:
        box.add_item(ui.ActionRow(*row))
    view.add_item(box)
    return view


def line_view(line: str, *row: ui.Item[Any]) -> ui.LayoutView:
    """One line with a row of buttons under it."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(line))
    view.add_item(ui.ActionRow(*row))
    return view


async def show(
    interaction: discord.Interaction[Any], view: ui.LayoutView
) -> discord.InteractionMessage:
    """Put ``view`` where the interaction was deferred to."""
    return await retry_after_429(lambda: interaction.edit_original_response(view=view))
