"""Keep answers in channels up to date: mark quotations that no longer stand in their articles."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import discord
from discord import ui

from bot.commands.answers.respond import ask_and_send
from bot.questions.context import context_of
from bot.services.changed_quotes import CitationUpdate
from bot.storage.shown_answers import QuoteFate
from bot.text.messages import Messages, format_date, messages_for
from bot.ui.answers.answer_buttons import AskAgainButton
from bot.ui.base_client import Interaction, QuothClient, State
from bot.ui.container import line_view
from bot.ui.deferral import defer
from bot.ui.error_handling import is_forbidden, is_gone
from bot.ui.transport.discord_compat import SEND_ERRORS, mention_only

log = logging.getLogger(__name__)

_NOTE_ID = 9_001  # of the component, to find it again
_BUTTON_ID = 9_002
_MAX_EDITS = 5  # each time; the task runs every 15 seconds
_PAUSE_SECONDS = 1.0
_EDIT_SECONDS = 30.0  # Discord may ask to wait for long before an old message is edited again
_MAX_COMPONENTS = 40
_MAX_ROW_BUTTONS = 5


async def update_citations(client: QuothClient) -> None:
    """Edit some of the messages whose quotations changed; the next call goes on.

    A message that cannot be edited at the moment holds up no other.
    """
    changed_quotes = client.changed_quotes
    for number, update in enumerate((await changed_quotes.updates())[:_MAX_EDITS]):
        if number:
            await asyncio.sleep(_PAUSE_SECONDS)
        try:
            async with asyncio.timeout(_EDIT_SECONDS):
                edited = await _edit(client, update)
        except SEND_ERRORS as error:
            log.info("could not mark a quotation that changed: %s", error)
            if is_forbidden(error) or is_gone(error) or _is_refused(error):
                await changed_quotes.forget(update)
            else:
                changed_quotes.postpone(update)
        else:
            finish = changed_quotes.edited if edited else changed_quotes.forget
            await finish(update)


def _is_refused(error: Exception) -> bool:
    return isinstance(error, discord.HTTPException) and error.status == 400


async def ask_again(interaction: Interaction, state: State) -> None:
    """Ask the question of an answer again, for the member who presses the button."""
    await defer(interaction, private=True)
    answers, context = interaction.client.answers, context_of(interaction)
    stored = await answers.load(state["answer"], context)
    await ask_and_send(interaction, stored.question, private=True)


async def _edit(client: QuothClient, update: CitationUpdate) -> bool:
    """Edit a message; False if an error after a correction has replaced the answer."""
    shown = update.shown
    guild = client.get_guild(shown.guild)
    messages = messages_for(guild.preferred_locale if guild else None)
    channel, nobody = client.get_partial_messageable(shown.channel), mention_only()
    if any(change.change is QuoteFate.WITHDRAWN for change in update.changes):
        button = AskAgainButton.create(shown.answer, label=messages.ask_again)
        view = line_view(messages.quote_withdrawn, button)
        await channel.get_partial_message(shown.message).edit(view=view, allowed_mentions=nobody)
        return True
    message = await channel.fetch_message(shown.message)
    if not any(isinstance(each, discord.Container) for each in message.components):
        return False
    await message.edit(view=marked_view(message, update, messages), allowed_mentions=nobody)
    return True


def marked_view(
    message: discord.Message, update: CitationUpdate, messages: Messages
) -> ui.LayoutView:
    """Return a message with a note on its changed quotations, and a button to ask again."""
    view = ui.LayoutView.from_message(message, timeout=None)
    view.stop()  # dynamic items handle its buttons
    for item in list(view.walk_children()):
        if item.id in {_NOTE_ID, _BUTTON_ID}:
            _remove(item)
    container = next(each for each in view.children if isinstance(each, ui.Container))
    if update.changes:
        items = list(container.children)
        container.clear_items()
        container.add_item(ui.TextDisplay(change_note(update, messages), id=_NOTE_ID))
        for item in items:
            container.add_item(item)
        _add_button(view, container, update.shown.answer, messages)
    return view


def _remove(item: ui.Item[Any]) -> None:
    """Remove a component, and its row if that is empty then."""
    parent: Any = item.parent
    parent.remove_item(item)
    if isinstance(parent, ui.ActionRow) and not parent.children and parent.parent is not None:
        grandparent: Any = parent.parent
        grandparent.remove_item(parent)


def _add_button(
    view: ui.LayoutView, container: ui.Container[Any], answer: str, messages: Messages
) -> None:
    """Add the button to the last row, or to a row of its own, if the message has room."""
    button: Any = ui.Button(
        style=discord.ButtonStyle.primary,
        label=messages.ask_again,
        custom_id=f"{AskAgainButton.prefix}:{answer}",
        id=_BUTTON_ID,
    )
    rows = [each for each in container.children if isinstance(each, ui.ActionRow)]
    if rows and len(rows[-1].children) < _MAX_ROW_BUTTONS:
        rows[-1].add_item(button)
    elif sum(1 for _ in view.walk_children()) + 2 <= _MAX_COMPONENTS:
        container.add_item(ui.ActionRow(button))


def change_note(update: CitationUpdate, messages: Messages) -> str:
    """Say which quotes changed or went, since when, and when they were quoted."""
    return "\n".join(_note_lines(update, messages))


def _note_lines(update: CitationUpdate, messages: Messages) -> Iterator[str]:
    quoted = _date(update.shown.shown_at, messages)
    templates = {
        QuoteFate.CHANGED: (messages.quote_changed, messages.quotes_changed),
        QuoteFate.REMOVED: (messages.article_gone, messages.articles_gone),
    }
    for kind, (single, several) in templates.items():
        changes = [change for change in update.changes if change.change is kind]
        if not changes:
            continue
        changed = _date(max(change.since for change in changes), messages)
        if len(update.shown.quotes) == 1:
            yield f"⚠️ {single.format(changed=changed, quoted=quoted)}"
        else:
            numbers = ", ".join(str(change.number) for change in changes)
            yield f"⚠️ {several.format(numbers=numbers, changed=changed, quoted=quoted)}"


def _date(seconds: int, messages: Messages) -> str:
    return format_date(datetime.fromtimestamp(seconds, UTC).date().isoformat(), messages)
