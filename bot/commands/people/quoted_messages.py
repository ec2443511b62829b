"""Let authors of quoted messages decide: show their name, stay anonymous, or withdraw.

A message that is deleted in Discord is withdrawn, too.
"""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ButtonStyle, ui

from bot.storage.quoted_messages import QuotedMessage, quoted_message_path
from bot.text.messages import Messages, messages_for
from bot.ui.base_client import Interaction, QuothClient, State
from bot.ui.container import container_view, show
from bot.ui.error_handling import UNKNOWN_MESSAGE
from bot.ui.persistent import PersistentButton
from bot.ui.transport.discord_compat import SEND_ERRORS
from index.errors import QuestionError
from index.ingest.seeds import SeedNotFound

_MAX_LISTED = 9  # each takes four of the 40 components that a message may have
_MAX_LOOKUPS = 5  # each time; the task runs every 15 seconds
_MESSAGE = r"(?P<guild>\d{1,20}):(?P<message>\d{1,20})"


class ShowNameButton(PersistentButton, template=rf"quoth:named:{_MESSAGE}:(?P<show>[01])"):
    """Show or hide the name of the message's author, who alone may press it."""


class WithdrawButton(PersistentButton, template=rf"quoth:withdraw:{_MESSAGE}"):
    """Withdraw a quoted message; only its author may press it."""


def author_view(
    quoted: QuotedMessage, messages: Messages, asks: int | None = None
) -> ui.LayoutView:
    """Tell the author that a message is quoted, with buttons to decide on it.

    ``asks`` is the id of the author, whom it mentions, when it is first shown.
    """
    greeting = f"<@{asks}> {messages.message_quoted}" if asks else messages.message_quoted
    hint = f"-# {messages.author_decides} · [↗]({quoted.jump_url})"
    lines = (greeting, _status(quoted, messages), hint)
    return container_view("\n".join(lines), buttons=_buttons(quoted, messages))


def _status(quoted: QuotedMessage, messages: Messages) -> str:
    """Say whether the author's name is shown."""
    if not quoted.credited:
        return messages.quoted_forward
    return messages.quoted_with_name if quoted.named else messages.quoted_without_name


def _buttons(
    quoted: QuotedMessage, messages: Messages, number: int | None = None
) -> list[ui.Item[Any]]:
    """Build the buttons to decide on a message; ``number`` is its place in a list."""
    key = (quoted.guild, quoted.message)
    suffix = f" {number}" if number else ""
    withdraw = WithdrawButton.create(
        *key, label=messages.withdraw_message + suffix, style=ButtonStyle.danger
    )
    if not quoted.credited:
        return [withdraw]
    if quoted.named:
        return [ShowNameButton.create(*key, 0, label=messages.hide_name + suffix), withdraw]
    label = messages.show_name + suffix
    return [ShowNameButton.create(*key, 1, label=label, style=ButtonStyle.primary), withdraw]


async def set_name(interaction: Interaction, state: State) -> None:
    """Show or hide the author's name in the article, in place."""
    await interaction.response.defer()
    quoted = await _own_message(interaction, state)
    name = interaction.user.display_name if state["show"] == "1" and quoted.credited else None
    messages = _messages(interaction)
    try:
        changed = await interaction.client.quoted_messages.set_name(quoted, name)
    except SeedNotFound as error:
        raise QuestionError(messages.quote_removed) from error
    await show(interaction, author_view(changed, messages))


async def withdraw_message(interaction: Interaction, state: State) -> None:
    """Withdraw a message, in place."""
    await interaction.response.defer()
    quoted = await _own_message(interaction, state)
    await interaction.client.quoted_messages.withdraw(quoted)
    await show(interaction, container_view(_messages(interaction).message_withdrawn))


async def _own_message(interaction: Interaction, state: State) -> QuotedMessage:
    """Return the message of the member who presses a button. Raises QuestionError."""
    path = quoted_message_path(int(state["guild"]), int(state["message"]))
    quoted = await interaction.client.quoted_messages.of_author(path, interaction.user.id)
    if quoted is None:
        raise QuestionError(messages_for(interaction.locale).only_author_decides)
    return quoted


def _messages(interaction: Interaction) -> Messages:
    """Return the texts in the language of those who see the message."""
    public = interaction.guild_id is not None and not (
        interaction.message and interaction.message.flags.ephemeral
    )
    return messages_for(interaction.guild_locale if public else interaction.locale)


async def show_own_messages(interaction: Interaction) -> None:
    """Show the member's quoted messages, each with its buttons, privately."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages = messages_for(interaction.locale)
    quoted = await interaction.client.quoted_messages.all_of_author(interaction.user.id)
    await show(interaction, own_messages_view(quoted, messages))


def own_messages_view(quoted: Sequence[QuotedMessage], messages: Messages) -> ui.LayoutView:
    """List quoted messages, each with buttons to decide on it."""
    if not quoted:
        return container_view(messages.no_quoted_messages)
    container = ui.Container[ui.LayoutView](ui.TextDisplay(messages.quoted_messages_heading))
    for number, each in enumerate(quoted[:_MAX_LISTED], 1):
        container.add_item(ui.TextDisplay(f"{each.jump_url}\n-# {_status(each, messages)}"))
        container.add_item(ui.ActionRow(*_buttons(each, messages, number)))
    if (rest := len(quoted) - _MAX_LISTED) > 0:
        container.add_item(ui.TextDisplay(messages.more_quoted_messages.format(rest)))
    return ui.LayoutView(timeout=None).add_item(container)


async def withdraw_vanished(client: QuothClient) -> None:
    """Withdraw messages that were deleted while the bot was not connected, some each time.

    A message whose channel was deleted stays an article, until its author withdraws it.
    """
    for quoted in client.quoted_messages.next_lookups(_MAX_LOOKUPS):
        channel = client.get_partial_messageable(quoted.channel, guild_id=quoted.guild)
        try:
            await channel.fetch_message(quoted.message)
        except SEND_ERRORS as error:
            if isinstance(error, discord.NotFound) and error.code == UNKNOWN_MESSAGE:
                await client.quoted_messages.withdraw(quoted)
