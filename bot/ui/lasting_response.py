"""Show the outcome of long commands, whose responses Discord lets nobody edit after 15 minutes.

They go on in an ordinary message: directly if the response was private, otherwise in the channel,
with a mention of the member. Where one is not possible, the other is.
"""

import logging

import discord
from discord import ui

from bot.ui.base_client import Interaction
from bot.ui.container import show
from bot.ui.error_handling import is_token_expired
from bot.ui.transport.discord_compat import SEND_ERRORS, mention_only, send_directly

log = logging.getLogger(__name__)

_SUCCESSOR = "successor"


async def show_lasting(interaction: Interaction, view: ui.LayoutView) -> None:
    """Show ``view`` in the deferred response, or in an ordinary message if that has expired.

    Raises the errors of editing. A message that cannot be sent is logged.
    """
    if not is_continued(interaction):
        try:
            await show(interaction, view)
        except discord.HTTPException as error:
            if not is_token_expired(error):
                raise
        else:
            return
    await show_in_message(interaction, view)


def is_continued(interaction: Interaction) -> bool:
    """Tell whether an ordinary message has replaced the response."""
    return interaction.extras.get(_SUCCESSOR) is not None


async def show_in_message(interaction: Interaction, view: ui.LayoutView) -> discord.Message | None:
    """Show ``view`` in the ordinary message that replaces the response; None if it has none.

    The message is sent again if it could not be sent before, or was deleted.
    """
    successor: discord.Message | None = interaction.extras.get(_SUCCESSOR)
    nonce = str(interaction.id)
    if successor is not None:
        try:
            return await _edit(successor, interaction, view)
        except discord.NotFound as error:
            log.info("the message with the outcome of a command is gone: %s", error)
            nonce = f"{interaction.id}-2"  # for the first, Discord may return the deleted message
    sent = await _post(interaction, view, nonce, directly=_is_private(interaction))
    interaction.extras[_SUCCESSOR] = sent
    return sent


async def send_lasting(interaction: Interaction, view: ui.LayoutView, nonce: str) -> None:
    """Send another private message, or an ordinary one if the response has expired.

    Its buttons work in the server only, so that one is in the channel if possible.
    """
    try:
        await interaction.followup.send(view=view, ephemeral=True)
    except discord.HTTPException as error:
        if not is_token_expired(error):
            raise
        await _post(interaction, view, nonce, directly=False)


def _is_private(interaction: Interaction) -> bool:
    """Tell whether only the member sees the response that has expired.

    Curators' commands respond privately; a button may change a message that others see.
    """
    if interaction.response.type is not discord.InteractionResponseType.deferred_message_update:
        return True
    return interaction.message is not None and interaction.message.flags.ephemeral


async def _post(
    interaction: Interaction, view: ui.LayoutView, nonce: str, *, directly: bool
) -> discord.Message | None:
    """Send in the channel or ``directly``, or else the other way; None if neither is possible."""
    ways = (_send_directly, _send_in_channel) if directly else (_send_in_channel, _send_directly)
    for send in ways:
        try:
            return await send(interaction, view, nonce)
        except SEND_ERRORS as error:
            failure = error
    log.warning("could not show the outcome of a command that took long: %s", failure)
    return None


async def _send_in_channel(
    interaction: Interaction, view: ui.LayoutView, nonce: str
) -> discord.Message:
    channel = interaction.client.get_partial_messageable(
        interaction.channel_id or 0, guild_id=interaction.guild_id
    )
    mention = mention_only(users=[interaction.user.id])
    view = _mentioning(interaction, view)
    return await channel.send(view=view, nonce=nonce, allowed_mentions=mention)


async def _send_directly(
    interaction: Interaction, view: ui.LayoutView, nonce: str
) -> discord.Message:
    return await send_directly(interaction.user, view=view, nonce=nonce)


async def _edit(
    message: discord.Message, interaction: Interaction, view: ui.LayoutView
) -> discord.Message:
    if not isinstance(message.channel, discord.DMChannel):
        view = _mentioning(interaction, view)
    return await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())


def _mentioning(interaction: Interaction, view: ui.LayoutView) -> ui.LayoutView:
    """Add a line that mentions the member."""
    return view.add_item(ui.TextDisplay(f"-# {interaction.user.mention}"))
