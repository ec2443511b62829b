"""Respond within three seconds, in which Discord expects the first response to an interaction.

A deferral says whether the response will be private, and that cannot be changed. So what decides
about a public response comes before the deferral, unless it takes too long.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import discord

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1.5  # the rest is for the way to Discord
_DUE, _MESSAGE_ID, _IS_EARLY = "deferral_due", "response_id", "deferred_early"

Result = TypeVar("Result")
Interaction = discord.Interaction[Any]


async def defer(interaction: Interaction, *, private: bool) -> int | None:
    """Defer a response unless that was done; return the id of its message if Discord told it."""
    await _defer_once(interaction, private=private)
    interaction.extras[_IS_EARLY] = False
    message_id: int | None = interaction.extras.get(_MESSAGE_ID)
    return message_id


async def _defer_once(interaction: Interaction, *, private: bool) -> None:
    if not interaction.response.is_done():
        deferred = await interaction.response.defer(ephemeral=private, thinking=True)
        interaction.extras[_MESSAGE_ID] = deferred.message_id if deferred else None


@asynccontextmanager
async def defer_when_slow(interaction: Interaction, *, private: bool) -> AsyncIterator[None]:
    """Defer a response if the block, which must not respond, takes too long.

    The time since the interaction's first such block counts.
    """
    if interaction.response.is_done():
        yield
        return
    ended = asyncio.Event()
    timer = asyncio.create_task(_defer_unless(ended, interaction, private=private))
    try:
        yield
    finally:
        ended.set()
        await timer


async def _defer_unless(ended: asyncio.Event, interaction: Interaction, *, private: bool) -> None:
    """Defer after a while, unless the block has ended."""
    now = asyncio.get_running_loop().time()
    due = interaction.extras.setdefault(_DUE, now + _PATIENCE_SECONDS)
    try:
        await asyncio.wait_for(ended.wait(), due - now)
    except TimeoutError:
        interaction.extras[_IS_EARLY] = not private
        try:
            await _defer_once(interaction, private=private)
        except (discord.HTTPException, OSError) as error:  # the handler will find out
            log.info("could not defer a response: %s", error)


def is_deferred_early(interaction: Interaction) -> bool:
    """Return whether a public response was deferred before it was known whether there is one."""
    return interaction.extras.get(_IS_EARLY, False) and interaction.response.is_done()


async def respond_privately(interaction: Interaction, **content: Any) -> None:
    """Respond for the first time, only to the member; a public deferral is taken back."""
    if not interaction.response.is_done():
        await interaction.response.send_message(ephemeral=True, **content)
    elif is_deferred_early(interaction):
        await interaction.delete_original_response()
        await interaction.followup.send(ephemeral=True, **content)
    else:
        await interaction.edit_original_response(**content)


async def in_time(work: Coroutine[Any, Any, Result]) -> Result:
    """Return a result that a response needs which cannot be deferred.

    Raises TimeoutError when it takes too long; the work goes on, because the store is slow to be
    interrupted.
    """
    return await asyncio.wait_for(asyncio.shield(work), _PATIENCE_SECONDS)
