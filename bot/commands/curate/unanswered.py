"""``/curate unanswered``: page by page, each with a form to write the article that is missing."""

from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from bot.commands.base_client import QuothClient
from bot.commands.curate.draft import draft_form
from bot.commands.curate.permissions import NotAllowed, check_curator, check_may_change
from bot.commands.curate.rebuild_progress import WORKING, box_view
from bot.commands.curate.rendering import group_text
from bot.storage.unanswered import QuestionGroup, done, group_with, groups_of
from bot.text.autocomplete import clipped
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.messages import counted
from bot.ui.answer_view import show
from bot.ui.error_handling import handle_interaction_errors
from bot.ui.persistent import PersistentButton, PersistentSelect

PER_PAGE = 5
_ORDER = r"(?P<order>[nm]):(?P<page>\d{1,6})"


async def show_unanswered(
    interaction: discord.Interaction[QuothClient], *, newest: bool, page: int
) -> None:
    """A page in the place that the interaction was deferred to."""
    guild = check_curator(interaction)
    groups = await groups_of(interaction.client.curation.store, guild, newest=newest)
    words = curator_messages(interaction.locale)
    await show(interaction, unanswered_view(groups, guild, page, words, newest=newest))


def unanswered_view(
    groups: Sequence[QuestionGroup], guild: int, page: int, words: CuratorMessages, *, newest: bool
) -> ui.LayoutView:
    """Page ``page``, from 0, of the questions; the last one when there are fewer."""
    if not groups:
        return box_view(words.unanswered_none)
    pages = -(-len(groups) // PER_PAGE)
    page = min(page, pages - 1)
    count = counted(len(groups), words.unanswered_one, words.unanswered_many)
    head = words.unanswered.format(count=count, page=page + 1, pages=pages)
    box = ui.Container[ui.LayoutView](ui.TextDisplay(head), accent_colour=WORKING)
    shown = groups[page * PER_PAGE : (page + 1) * PER_PAGE]
    for number, group in enumerate(shown, page * PER_PAGE + 1):
        button = DraftButton.of(group.newest.id, f"{words.draft} {number}")
        box.add_item(ui.Section(group_text(group, guild, words), accessory=button))
    box.add_item(ui.Separator())
    box.add_item(ui.ActionRow(DoneButton.of(shown, page, words, newest=newest)))
    box.add_item(ui.ActionRow(*_buttons(page, pages, words, newest=newest)))
    view = ui.LayoutView(timeout=None)
    return view.add_item(box)


def _buttons(page: int, pages: int, words: CuratorMessages, *, newest: bool) -> list[ui.Item[Any]]:
    row: list[ui.Item[Any]] = []
    if page > 0:
        row.append(UnansweredPage.of(page - 1, words.previous, newest=newest))
    if page + 1 < pages:
        row.append(UnansweredPage.of(page + 1, words.following, newest=newest))
    other = words.most_first if newest else words.newest_first
    return [*row, UnansweredOrder.of(other, newest=not newest)]


class UnansweredPage(PersistentButton, template=rf"quoth:missed:{_ORDER}"):
    """Turns the pages of the list, in place."""

    @classmethod
    def of(cls, page: int, label: str, *, newest: bool) -> Self:
        """The button for page ``page``, from 0."""
        return cls(f"quoth:missed:{'n' if newest else 'm'}:{page}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The page takes the place of the one before."""
        async with handle_interaction_errors(interaction):
            check_curator(interaction)
            await interaction.response.defer()
            newest, page = self.state["order"] == "n", int(self.state["page"])
            await show_unanswered(interaction, newest=newest, page=page)


class UnansweredOrder(PersistentButton, template=r"quoth:missed-order:(?P<order>[nm])"):
    """Shows the list in another order, from its first page."""

    @classmethod
    def of(cls, label: str, *, newest: bool) -> Self:
        """The button for newest or most asked first."""
        return cls(f"quoth:missed-order:{'n' if newest else 'm'}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """In place."""
        async with handle_interaction_errors(interaction):
            check_curator(interaction)
            await interaction.response.defer()
            await show_unanswered(interaction, newest=self.state["order"] == "n", page=0)


class DraftButton(PersistentButton, template=r"quoth:draft:(?P<question>\d{1,18})"):
    """Opens the form for an article that answers a question."""

    @classmethod
    def of(cls, question: int, label: str) -> Self:
        """The button for the question of that id."""
        return cls(f"quoth:draft:{question}", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The form, or a line when the question is no longer on the list."""
        async with handle_interaction_errors(interaction):
            guild, words = check_may_change(interaction), curator_messages(interaction.locale)
            store = interaction.client.curation.store
            group = await group_with(store, guild, int(self.state["question"]))
            if group is None:
                raise NotAllowed(words.no_longer)
            await interaction.response.send_modal(draft_form(group.newest.question, words))


class DoneButton(PersistentSelect, template=rf"quoth:done:{_ORDER}"):
    """Takes the chosen questions off the list."""

    @classmethod
    def of(
        cls, groups: Sequence[QuestionGroup], page: int, words: CuratorMessages, *, newest: bool
    ) -> Self:
        """The list of the questions on a page."""
        options = [
            discord.SelectOption(
                label=clipped(f"{number}. {group.newest.question}"), value=str(group.newest.id)
            )
            for number, group in enumerate(groups, page * PER_PAGE + 1)
        ]
        select = ui.Select[ui.LayoutView](
            custom_id=f"quoth:done:{'n' if newest else 'm'}:{page}",
            placeholder=words.mark_done,
            options=options,
            max_values=len(options),
        )
        return cls(select)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The page is shown again without them."""
        async with handle_interaction_errors(interaction):
            guild = check_curator(interaction)
            await interaction.response.defer()
            store = interaction.client.curation.store
            for value in self.item.values:
                group = await group_with(store, guild, int(str(value)))
                if group is not None:
                    await done(store, guild, group)
            newest, page = self.state["order"] == "n", int(self.state["page"])
            await show_unanswered(interaction, newest=newest, page=page)
