"""A rebuild as a curator follows it: one message that changes, and what came of it at the end.

An interaction can be edited for a quarter of an hour; what takes longer goes on in an ordinary
message in the channel.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

import discord
from discord import ButtonStyle, ui

from bot.commands.base_client import QuothClient
from bot.commands.curate.announce import announce
from bot.commands.curate.permissions import check_curator
from bot.commands.curate.rendering import ROOM, ProgressText, outcome_blocks
from bot.services.rebuild import RebuildFailed, RebuildStep, RebuildStopped
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.messages import messages_for
from bot.ui.discord_compat import UNSENT, send_directly
from bot.ui.error_handling import explain, handle_interaction_errors
from bot.ui.persistent import PersistentButton

log = logging.getLogger(__name__)

LONGEST_SECONDS = 14 * 60.0  # Discord lets go of an interaction after 15 minutes
PAUSE_SECONDS = 3.0  # between two edits
WORKING, DONE, FAILED = (discord.Colour(c) for c in (0x5865F2, 0x23A55A, 0xF23F43))


def box_view(
    *blocks: str,
    colour: discord.Colour = WORKING,
    head: str = "",
    row: Sequence[ui.Item[Any]] = (),
) -> ui.LayoutView:
    """Texts in one box, lines between them, ``head`` over it and a row of buttons at its end."""
    box = ui.Container[ui.LayoutView](accent_colour=colour)
    for place, block in enumerate(blocks):
        if place:
            box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay(block))
    if row:
        box.add_item(ui.ActionRow(*row))
    view = ui.LayoutView(timeout=None)
    if head:
        view.add_item(ui.TextDisplay(head))
    return view.add_item(box)


class RebuildProgress:
    """The message. ``head`` are lines that stay over it."""

    def __init__(
        self,
        interaction: discord.Interaction[QuothClient],
        words: CuratorMessages,
        run: str,
        head: str,
    ) -> None:
        curation = interaction.client.curation
        self._interaction = interaction
        self._words = words
        self._run = run
        self._head = head
        self._clock = curation.clock
        self._began = self._shown = self._clock()
        self._message: discord.Message | None = None
        self._lost = False  # nowhere to go on
        self._progress = ProgressText(words, exact=not curation.servers.divided)
        self._waits = curation.rebuilder.busy

    async def begin(self) -> None:
        """Show that it starts, or waits; the files may be changed already, so it does anyhow."""
        with suppress(*UNSENT):
            await self._show(self._view())

    async def hear(self, step: RebuildStep) -> None:
        """Show how far it is, not too often; what cannot be shown does not stop it."""
        now = self._clock()
        self._progress.hear(step, now)
        self._waits = False
        if now - self._shown < PAUSE_SECONDS:
            return
        self._shown = now
        with suppress(*UNSENT):
            await self._show(self._view())

    async def finish(self, colour: discord.Colour, *blocks: str) -> None:
        """Show what came of it."""
        await self._show(box_view(*blocks, colour=colour, head=self._head))

    def _view(self) -> ui.LayoutView:
        words = self._words
        steps = words.waiting if self._waits else self._progress.text()
        text = f"{words.rebuilding}\n{steps}\n-# {words.meanwhile}"
        button = CancelButton.of(self._run, words.cancel)
        return box_view(text, head=self._head, row=[button])

    async def _show(self, view: ui.LayoutView) -> None:
        if self._clock() - self._began < LONGEST_SECONDS:
            await self._interaction.edit_original_response(view=view)
        elif self._message is not None:
            await self._message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
        elif not self._lost:
            await self._go_on(view)

    async def _go_on(self, view: ui.LayoutView) -> None:
        """In an ordinary message, while the interaction can still say so."""
        try:
            self._message = await self._send(view)
        except UNSENT as error:
            self._lost = True
            log.info("a rebuild goes on where nobody can be told: %s", error)
            return
        with suppress(*UNSENT):
            line = self._words.goes_on.format(self._message.jump_url)
            await self._interaction.edit_original_response(view=box_view(line))

    async def _send(self, view: ui.LayoutView) -> discord.Message:
        """In the channel; where it may not write there, to the curator directly."""
        channel: Any = self._interaction.channel
        if channel is not None:
            with suppress(discord.Forbidden, discord.NotFound):
                message: discord.Message = await channel.send(view=view)
                return message
        return await send_directly(self._interaction.user, view=view)


async def follow_rebuild(
    interaction: discord.Interaction[QuothClient], guild: int, head: str = ""
) -> None:
    """Rebuild, shown in the interaction's answer, which was deferred; then tell who waited."""
    words, client = curator_messages(interaction.locale), interaction.client
    curation, before = client.curation, client.answers.snapshot
    run = curation.rebuilder.expect()
    live = RebuildProgress(interaction, words, run, head)
    await live.begin()
    try:
        outcome = await curation.rebuild(guild, run, live.hear)
    except RebuildStopped:
        await client.answers.refresh()
        line = words.cancelled_line if client.answers.snapshot == before else words.cancelled_late
        await live.finish(FAILED, f"{words.cancelled}\n{line}")
    except RebuildFailed as error:
        log.warning("a rebuild failed: %s", error)
        await live.finish(FAILED, _failure(interaction, error, words))
    except Exception as error:  # noqa: BLE001 - explain() logs it
        await live.finish(FAILED, _failure(interaction, error, words))
    else:
        try:
            await live.finish(DONE, *outcome_blocks(outcome, guild, words, ROOM - len(head)))
        finally:  # they are off the list: nobody would tell them later
            await announce(client, outcome.answered)


def _failure(
    interaction: discord.Interaction[QuothClient], error: Exception, words: CuratorMessages
) -> str:
    """Why, unless that could name another server's articles."""
    hidden = isinstance(error, RebuildFailed) and interaction.client.answers.servers.divided
    member = messages_for(interaction.locale)
    why = "" if hidden else explain(error, member, member.forbidden_here)
    return "\n".join(filter(None, (words.failed, why, words.failed_line)))


class CancelButton(PersistentButton, template=r"quoth:cancel:(?P<run>[0-9a-f]{8})"):
    """Stops a rebuild, for any curator of a server that sees the message."""

    @classmethod
    def of(cls, run: str, label: str) -> Self:
        """The button for a rebuild."""
        button = cls(f"quoth:cancel:{run}", label)
        button.item.style = ButtonStyle.danger
        return button

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The rebuild's own message says that it was stopped; a dead one's loses its button."""
        async with handle_interaction_errors(interaction):
            check_curator(interaction)
            words = curator_messages(interaction.locale)
            if interaction.client.curation.rebuilder.cancel(self.state["run"]):
                await interaction.response.defer()
                return
            await interaction.response.edit_message(view=box_view(words.nothing_to_cancel))
