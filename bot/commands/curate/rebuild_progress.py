"""``/curate rebuild``: show a rebuild's progress and its outcome in one message."""

import secrets
from contextlib import suppress

import discord
from discord import ButtonStyle, app_commands, ui

from bot.commands.curate.announce import announce
from bot.commands.curate.permissions import (
    NotAllowed,
    check_curator,
    check_may_change,
    defer_for_curator,
)
from bot.services.rebuild import RebuildFailed, RebuildStep, RebuildStopped
from bot.text.curator_messages import curator_messages
from bot.text.discord_markdown import size
from bot.text.messages import messages_for
from bot.ui.base_client import Interaction, QuothClient, State
from bot.ui.container import SUCCESS_COLOUR, WARNING_COLOUR, container_view, show
from bot.ui.curate.curator_text import (
    TEXT_UNITS,
    ProgressText,
    fit_blocks,
    fit_lines,
    outcome_blocks,
)
from bot.ui.error_handling import error_line
from bot.ui.lasting_response import is_continued, show_in_message, show_lasting
from bot.ui.persistent import PersistentButton
from bot.ui.transport.discord_compat import SEND_ERRORS

INTERACTION_SECONDS = 14 * 60.0  # Discord's limit is 15 minutes
EDIT_INTERVAL_SECONDS = 3.0
_MAX_HEADING_UNITS = 2000


class CancelButton(PersistentButton, template=r"quoth:cancel:(?P<rebuild_id>[0-9a-f]{8})"):
    """Stop a rebuild; any curator who sees the message may press it."""


async def cancel_rebuild(interaction: Interaction, state: State) -> None:
    """Stop the rebuild, or remove the button when the rebuild has already ended.

    Only the curator who started it sees the button in a direct message.
    """
    await interaction.response.defer()
    if interaction.guild_id is not None:
        await check_curator(interaction)
    if not interaction.client.curation.rebuilder.cancel(state["rebuild_id"]):
        line = curator_messages(interaction.locale).rebuild_over
        await show(interaction, container_view(line))


class RebuildProgress:
    """The message that shows a rebuild; ``heading`` stays above its progress."""

    def __init__(self, interaction: Interaction, rebuild_id: str, heading: str) -> None:
        curation = interaction.client.curation
        self._interaction = interaction
        self._messages = curator_messages(interaction.locale)
        self._rebuild_id = rebuild_id
        self._heading = fit_lines(heading.split("\n"), _MAX_HEADING_UNITS)
        self._clock = curation.clock
        self._started_at = self._edited_at = self._clock()
        self._moved = False  # to an ordinary message
        self._steps = ProgressText(self._messages, exact=not curation.guilds.has_bindings)
        self._is_queued = curation.rebuilder.busy

    async def on_progress(self, step: RebuildStep) -> None:
        """Show a step, at most every ``EDIT_INTERVAL_SECONDS``."""
        now = self._clock()
        self._steps.update(step, now)
        self._is_queued = False
        if now - self._edited_at >= EDIT_INTERVAL_SECONDS:
            self._edited_at = now
            await self.show_progress()

    async def finish(self, colour: discord.Colour, *texts: str) -> None:
        """Show as much of the outcome as fits."""
        blocks = fit_blocks(texts, TEXT_UNITS - size(self._heading))
        await self._show(container_view(*blocks, colour=colour, heading=self._heading))

    async def show_progress(self) -> None:
        """Show the current progress; sending errors must not stop the rebuild.

        Where no message could be sent, only the outcome is tried again.
        """
        if self._moved and not is_continued(self._interaction):
            return
        messages = self._messages
        steps = messages.rebuild_queued if self._is_queued else self._steps.text()
        text = f"{messages.rebuilding}\n{steps}\n-# {messages.old_index_in_use}"
        cancel = CancelButton.create(
            self._rebuild_id, label=messages.cancel, style=ButtonStyle.danger
        )
        with suppress(*SEND_ERRORS):
            await self._show(container_view(text, heading=self._heading, buttons=[cancel]))

    async def _show(self, view: ui.LayoutView) -> None:
        """Show a view; shortly before the response expires, link to the message that follows."""
        if self._moved or self._clock() - self._started_at < INTERACTION_SECONDS:
            await show_lasting(self._interaction, view)
            return
        self._moved = True
        if message := await show_in_message(self._interaction, view):
            with suppress(*SEND_ERRORS):
                line = self._messages.rebuild_continues.format(message.jump_url)
                await self._interaction.edit_original_response(view=container_view(line))


@app_commands.command(description="Rebuild the index from the articles")
async def rebuild(interaction: Interaction) -> None:
    """Rebuild, unless a rebuild is already running."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    if interaction.client.curation.rebuilder.busy:
        raise NotAllowed(curator_messages(interaction.locale).rebuild_running)
    await follow_rebuild(interaction, guild_id)


async def follow_rebuild(
    interaction: Interaction, guild_id: int, heading: str = "", *, pending: str = ""
) -> None:
    """Rebuild, showing progress in the deferred response; then announce new answers.

    ``pending`` says what becomes of changed files if the new index is not published.
    """
    messages, client = curator_messages(interaction.locale), interaction.client
    curation, previous_snapshot = client.curation, client.answers.pool.snapshot
    rebuild_id = secrets.token_hex(4)
    progress = RebuildProgress(interaction, rebuild_id, heading)
    await progress.show_progress()
    try:
        outcome = await curation.rebuild(guild_id, rebuild_id, progress.on_progress)
    except RebuildStopped:
        published = await _is_published(client, previous_snapshot)
        line = messages.cancelled_too_late if published else messages.index_unchanged
        lines = [messages.rebuild_cancelled, line, *([] if published else [pending])]
        await progress.finish(WARNING_COLOUR, "\n".join(filter(None, lines)))
    except Exception as error:  # noqa: BLE001 - error_line() logs it
        published = await _is_published(client, previous_snapshot)
        title = messages.rebuild_done if published else messages.rebuild_failed
        line = messages.index_replaced if published else f"{messages.index_unchanged}\n{pending}"
        lines = [title, _failure_reason(interaction, error) or "", line.strip()]
        await progress.finish(WARNING_COLOUR, "\n".join(filter(None, lines)))
    else:
        try:
            blocks = outcome_blocks(outcome, guild_id, messages)
            await progress.finish(SUCCESS_COLOUR, *blocks)
        finally:  # answered questions are off the list already: this is the only chance
            await announce(client, outcome.answered)


async def _is_published(client: QuothClient, previous_snapshot: str) -> bool:
    """Tell whether another snapshot is in service than before a rebuild that did not end well."""
    await client.answers.pool.refresh()
    return client.answers.pool.snapshot != previous_snapshot


def _failure_reason(interaction: Interaction, error: Exception) -> str | None:
    """Explain a failure, unless the reason could name another server's articles."""
    if isinstance(error, RebuildFailed) and interaction.client.answers.guilds.has_bindings:
        return None
    messages = messages_for(interaction.locale)
    return error_line(error, messages, messages.missing_permission)
