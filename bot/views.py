"""What a member sees: layouts made of rendered texts, and the buttons under them.

A private message is paged in place; under a public one, what a member leafs through is shown to
that member alone, so that the channel stays as it is.
"""

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.buttons import PersistentButton
from bot.desk import Page
from bot.reading import Paragraph, Reading
from bot.render import QuoteText, answer_text, linked_title
from bot.replies import answering
from bot.words import Words, words_for
from index.article import Verdict

_ID = "(?P<answer>[A-Za-z0-9_-]{12})"
ANSWERED = discord.Colour(0x5865F2)
_COLOURS = {
    Verdict.ANSWERED: ANSWERED,
    Verdict.CLOSEST: discord.Colour(0xF0B232),
    Verdict.NOTHING: discord.Colour(0x80848E),
}


def answer_view(
    page: Page, words: Words, *, asker: int | None = None, heading: bool = True
) -> ui.LayoutView:
    """An answer: the best quote in full, the next shorter, each with its citation and context.

    ``asker`` puts a delete button for that member under it: for an answer that others see.
    """
    note = words.updated if page.updated else ""
    text = answer_text(page.answer, words, heading=heading, note=note)
    box = ui.Container[ui.LayoutView](accent_colour=_COLOURS[page.answer.verdict])
    for line in (text.heading, text.intro):
        if line:
            box.add_item(ui.TextDisplay(line))
    for place, quote in enumerate(text.quotes):
        if place:
            box.add_item(ui.Separator())
        _add_quote(box, quote, page.id, words, first=not place)
    if text.notes:
        box.add_item(ui.TextDisplay(text.notes))
    return layout(box, _answer_buttons(page, words, asker))


def reading_view(identity: str, number: int, reading: Reading, words: Words) -> ui.LayoutView:
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
    return layout(box, row)


def _add_quote(
    box: ui.Container[ui.LayoutView], quote: QuoteText, identity: str, words: Words, *, first: bool
) -> None:
    """The quote over the whole width; under it its citation, with the context button beside."""
    label = words.more_context if first else f"{words.more_context} {quote.number}"
    more = MoreContext.of(identity, quote.number, label)
    box.add_item(ui.TextDisplay(quote.quote.display))
    box.add_item(ui.Section(quote.citation, accessory=more))


def _answer_buttons(page: Page, words: Words, asker: int | None) -> list[ui.Item[Any]]:
    row: list[ui.Item[Any]] = []
    if page.skip:
        before = max(0, page.skip - page.limit)
        row.append(TurnPage.of(page.id, before, words.previous_passages))
    if page.more:
        after = page.skip + len(page.answer.quotes)
        row.append(TurnPage.of(page.id, after, words.next_passages))
    if asker is not None:
        row.append(Delete.of(page.id, asker, words.delete))
    return row


def _paragraph(paragraph: Paragraph, words: Words) -> str:
    label = words.quoted if paragraph.quoted else words.heading
    return f"-# {label.format(paragraph.number)}\n{paragraph.display}"


def layout(box: ui.Container[ui.LayoutView], row: Sequence[ui.Item[Any]]) -> ui.LayoutView:
    """The message: a box, with a row of buttons at its end when there are any."""
    view = ui.LayoutView(timeout=None)
    if row:
        box.add_item(ui.Separator(visible=False))
        box.add_item(ui.ActionRow(*row))
    view.add_item(box)
    return view


async def show(interaction: discord.Interaction[Any], view: ui.LayoutView) -> None:
    """Put ``view`` where the interaction was deferred to."""
    await interaction.edit_original_response(view=view)


class MoreContext(PersistentButton, template=rf"quoth:more:{_ID}:(?P<number>\d{{1,6}})"):
    """Under a quote: shows the paragraphs around it, to the member who presses."""

    @classmethod
    def of(cls, answer: str, number: int, label: str) -> Self:
        """The button for quote ``number`` of a kept answer."""
        return cls(f"quoth:more:{answer}:{number}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """A new private message."""
        async with answering(interaction):
            await interaction.response.defer(ephemeral=True, thinking=True)
            await _read(interaction, self.state["answer"], int(self.state["number"]), 0)


class ReadOn(
    PersistentButton,
    template=rf"quoth:read:{_ID}:(?P<number>\d{{1,6}}):(?P<page>-?\d{{1,6}})",
):
    """Under paragraphs: reads on in the article, back or forth, in place."""

    @classmethod
    def of(cls, answer: str, number: int, page: int, label: str) -> Self:
        """The button for page ``page`` around quote ``number`` of a kept answer."""
        return cls(f"quoth:read:{answer}:{number}:{page}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The page takes the place of the one before."""
        async with answering(interaction):
            await interaction.response.defer()
            number, page = int(self.state["number"]), int(self.state["page"])
            await _read(interaction, self.state["answer"], number, page)


class TurnPage(PersistentButton, template=rf"quoth:turn:{_ID}:(?P<skip>\d{{1,6}})"):
    """Under an answer: the next or the previous passages."""

    @classmethod
    def of(cls, answer: str, skip: int, label: str) -> Self:
        """The button for the passages after the best ``skip`` of a kept answer."""
        return cls(f"quoth:turn:{answer}:{skip}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """In place where only this member sees it, else in a new private message."""
        async with answering(interaction):
            words = words_for(interaction.locale)
            await _defer_page(interaction)
            skip = int(self.state["skip"])
            page = await interaction.client.desk.turn(self.state["answer"], skip, words)
            await show(interaction, answer_view(page, words))


class Delete(PersistentButton, template=rf"quoth:delete:{_ID}:(?P<asker>\d{{1,20}})"):
    """Under a public answer: deletes it, for who asked and for who may manage messages."""

    @classmethod
    def of(cls, answer: str, asker: int, label: str) -> Self:
        """The button for a kept answer that ``asker`` asked for."""
        return cls(f"quoth:delete:{answer}:{asker}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Others are told, privately, who can."""
        async with answering(interaction):
            if not self._may(interaction):
                line = words_for(interaction.locale).not_yours
                await interaction.response.send_message(line, ephemeral=True)
                return
            await interaction.response.defer()
            await interaction.delete_original_response()
            await interaction.client.desk.forget(self.state["answer"])

    def _may(self, interaction: discord.Interaction[Any]) -> bool:
        asked = interaction.user.id == int(self.state["asker"])
        return asked or interaction.permissions.manage_messages


BUTTONS = (MoreContext, ReadOn, TurnPage, Delete)


async def _read(interaction: discord.Interaction[Any], answer: str, number: int, page: int) -> None:
    words = words_for(interaction.locale)
    reading = await interaction.client.desk.read(answer, number, page, words)
    await show(interaction, reading_view(answer, number, reading, words))


async def _defer_page(interaction: discord.Interaction[Any]) -> None:
    if interaction.message is not None and interaction.message.flags.ephemeral:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)
