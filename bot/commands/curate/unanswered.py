"""``/curate unanswered``: list unanswered questions, each with a form to write the answer."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands, ui

from bot.commands.container import INFO_COLOUR, container_view
from bot.commands.curate.add import DraftButton
from bot.commands.curate.permissions import check_curator, defer_for_curator, may_change
from bot.commands.curate.rendering import group_text
from bot.storage.unanswered import QuestionGroup, find_group, get_question_groups, remove_group
from bot.text.autocomplete import truncate_choice
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.ui.answer_view import layout, show
from bot.ui.base_client import Interaction, State
from bot.ui.persistent import PersistentButton, PersistentSelect

QUESTIONS_PER_PAGE = 5
NEWEST_FIRST, MOST_ASKED_FIRST = "n", "m"
_ORDER = r"(?P<order>[nm])"
_PAGE = r"(?P<page>\d{1,6})"  # from 0


class UnansweredPageButton(PersistentButton, template=rf"quoth:missed:{_ORDER}:{_PAGE}"):
    """Show another page of the list, in place."""


class UnansweredOrderButton(PersistentButton, template=rf"quoth:missed-order:{_ORDER}"):
    """Show the list in another order, from its first page."""


class ResolveSelect(PersistentSelect, template=rf"quoth:done:{_ORDER}:{_PAGE}"):
    """Take the chosen questions off the list."""


@app_commands.command(description="List questions without an answer or with a 👎")
async def unanswered(interaction: Interaction) -> None:
    """List unanswered questions, most asked first."""
    await defer_for_curator(interaction)
    await _show_page(interaction)


async def _show_page(
    interaction: Interaction, *, order: str = MOST_ASKED_FIRST, page: int = 0
) -> None:
    """Show a page in the deferred response."""
    guild_id, messages = await check_curator(interaction), curator_messages(interaction.locale)
    store = interaction.client.curation.store
    groups = await get_question_groups(store, guild_id, newest=order == NEWEST_FIRST)
    view = unanswered_view(
        groups, guild_id, page, messages, order=order, may_write=may_change(interaction)
    )
    await show(interaction, view)


def unanswered_view(
    groups: Sequence[QuestionGroup],
    guild_id: int,
    page: int,
    messages: CuratorMessages,
    *,
    order: str,
    may_write: bool = True,
) -> ui.LayoutView:
    """Render page ``page``, from 0, of the questions; the last page when there are fewer.

    ``may_write`` offers to write the missing articles.
    """
    if not groups:
        return container_view(messages.no_unanswered)
    pages = -(-len(groups) // QUESTIONS_PER_PAGE)
    page = min(page, pages - 1)
    count = messages.questions(len(groups))
    title = messages.unanswered_heading.format(count=count, page=page + 1, pages=pages)
    container = ui.Container[ui.LayoutView](ui.TextDisplay(title), accent_colour=INFO_COLOUR)
    first = page * QUESTIONS_PER_PAGE
    numbered = dict(enumerate(groups[first : first + QUESTIONS_PER_PAGE], first + 1))
    for number, group in numbered.items():
        text = group_text(group, guild_id, messages)
        label = f"{messages.write_article} {number}"
        button = DraftButton.create(group.newest.id, label=label)
        container.add_item(
            ui.Section(text, accessory=button) if may_write else ui.TextDisplay(text)
        )
    container.add_item(ui.Separator())
    container.add_item(ui.ActionRow(_resolve_select(numbered, order, page, messages)))
    container.add_item(ui.ActionRow(*_paging_buttons(order, page, pages, messages)))
    return layout(container)


def _resolve_select(
    numbered: dict[int, QuestionGroup], order: str, page: int, messages: CuratorMessages
) -> ResolveSelect:
    options = [
        discord.SelectOption(
            label=truncate_choice(f"{number}. {group.newest.question}"), value=str(group.newest.id)
        )
        for number, group in numbered.items()
    ]
    return ResolveSelect(
        ui.Select[ui.LayoutView](
            custom_id=f"quoth:done:{order}:{page}",
            placeholder=messages.mark_resolved,
            options=options,
            max_values=len(options),
        )
    )


def _paging_buttons(
    order: str, page: int, pages: int, messages: CuratorMessages
) -> list[ui.Item[Any]]:
    buttons: list[ui.Item[Any]] = []
    if page > 0:
        buttons.append(UnansweredPageButton.create(order, page - 1, label=messages.previous_page))
    if page + 1 < pages:
        buttons.append(UnansweredPageButton.create(order, page + 1, label=messages.next_page))
    if order == NEWEST_FIRST:
        other_order, label = MOST_ASKED_FIRST, messages.most_asked_first
    else:
        other_order, label = NEWEST_FIRST, messages.newest_first
    return [*buttons, UnansweredOrderButton.create(other_order, label=label)]


async def turn_unanswered_page(interaction: Interaction, state: State) -> None:
    """Replace the list by another page or order of it."""
    await check_curator(interaction)
    await interaction.response.defer()
    await _show_page(interaction, order=state["order"], page=int(state.get("page", 0)))


async def mark_resolved(
    interaction: Interaction, state: State, question_ids: Sequence[Any]
) -> None:
    """Take the chosen questions off the list, and show its page again."""
    guild_id = await check_curator(interaction)
    await interaction.response.defer()
    store = interaction.client.curation.store
    for question_id in question_ids:
        group = await find_group(store, guild_id, int(question_id))
        if group is not None:
            await remove_group(store, guild_id, group)
    await _show_page(interaction, order=state["order"], page=int(state["page"]))
