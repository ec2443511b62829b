"""Show the outcome of long commands, whose responses Discord lets nobody edit after 15 minutes.

They go on in an ordinary message that mentions the member: in the channel, or directly where the
bot may not write there.
"""

import logging
from contextlib import suppress

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
    if _SUCCESSOR not in interaction.extras:
        try:
            await show(interaction, view)
        except discord.HTTPException as error:
            if not is_token_expired(error):
                raise
        else:
            return
    await show_in_message(interaction, view)


async def show_in_message(interaction: Interaction, view: ui.LayoutView) -> discord.Message | None:
    """Show ``view`` in the ordinary message that replaces the response; None if it has none."""
    successor: discord.Message | None
    if _SUCCESSOR not in interaction.extras:
        successor = await _post(interaction, view, str(interaction.id))
        interaction.extras[_SUCCESSOR] = successor
    elif successor := interaction.extras[_SUCCESSOR]:
        nobody = discord.AllowedMentions.none()
        await successor.edit(view=_mentioning(interaction, view), allowed_mentions=nobody)
    return successor


async def send_lasting(interaction: Interaction, view: ui.LayoutView, nonce: str) -> None:
    """Send another private message, or an ordinary one if the response has expired."""
    try:
        await interaction.followup.send(view=view, ephemeral=True)
    except discord.HTTPException as error:
        if not is_token_expired(error):
            raise
        await _post(interaction, view, nonce)


async def _post(
    interaction: Interaction, view: ui.LayoutView, nonce: str
) -> discord.Message | None:
    """Send to the channel, or else directly; None if neither is possible."""
    view, user = _mentioning(interaction, view), interaction.user
    channel = interaction.client.get_partial_messageable(
        interaction.channel_id or 0, guild_id=interaction.guild_id
    )
    mention = mention_only(users=[user.id])
    with suppress(*SEND_ERRORS):
        return await channel.send(view=view, nonce=nonce, allowed_mentions=mention)
    try:
        return await send_directly(user, view=view, nonce=nonce)
    except SEND_ERRORS as error:
        log.warning("could not show the outcome of a command that took long: %s", error)
        return None


def _mentioning(interaction: Interaction, view: ui.LayoutView) -> ui.LayoutView:
    """Add a line that mentions the member."""
    return view.add_item(ui.TextDisplay(f"-# {interaction.user.mention}"))
