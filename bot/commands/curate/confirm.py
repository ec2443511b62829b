"""``/curate remove`` and ``/curate rollback``, which ask for confirmation first."""

import io
from collections.abc import Sequence

from discord import ButtonStyle, app_commands, ui

from bot.commands.completion import Choices, suggestions, to_choices
from bot.commands.curate.permissions import (
    NotAllowed,
    check_may_change,
    defer_for_curator,
    defer_in_place,
    is_curator,
)
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.questions.autocomplete import find_source, source_choices
from bot.services.curation import Superseded
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.truncate import shorten
from bot.ui.base_client import Interaction, State
from bot.ui.container import SUCCESS_COLOUR, WARNING_COLOUR, container_view, show
from bot.ui.curate.curator_text import article_line, build_time, fit_lines, pin_lines
from bot.ui.lasting_response import show_lasting
from bot.ui.persistent import PersistentButton
from bot.ui.transport.discord_compat import AttachedFile
from bot.ui.transport.payloads import MAX_UPLOAD_BYTES
from index.errors import SnapshotError
from index.ingest.seeds import SeedNotFound, SeedRefused, safe_name
from index.types import Source, digest


class RemoveButton(PersistentButton, template=r"quoth:remove:(?P<article>[0-9a-f]{24})"):
    """Remove the article, return its files, and rebuild."""


class RollBackButton(PersistentButton, template=r"quoth:rollback:(?P<snapshot>[\w-]{1,60})"):
    """Roll back, unless another snapshot than ``snapshot`` is now in use."""


class DismissButton(PersistentButton, template=r"quoth:keep"):
    """Cancel a removal or a rollback."""


def remove_view(
    source: Source, messages: CuratorMessages, *, returns_file: bool = True
) -> ui.LayoutView:
    """Ask whether to remove an article, and say whether its files will be returned."""
    title, path = shorten(source.metadata.title, 300), shorten(source.path, 300)
    hint = messages.removed_file_returned if returns_file else messages.removed_file_too_large
    text = f"{messages.confirm_removal.format(title=f'**{title}**', path=path)}\n{hint}"
    label = messages.remove_button
    button = RemoveButton.create(_short_digest(source), label=label, style=ButtonStyle.danger)
    return _confirmation(text, button, messages)


def rollback_view(snapshot: str, messages: CuratorMessages) -> ui.LayoutView:
    """Ask whether to roll back from ``snapshot``."""
    label = messages.rollback_button
    button = RollBackButton.create(snapshot, label=label, style=ButtonStyle.danger)
    return _confirmation(messages.confirm_rollback, button, messages)


def _short_digest(source: Source) -> str:
    return digest(source.path)[:24]


def _confirmation(text: str, button: PersistentButton, messages: CuratorMessages) -> ui.LayoutView:
    buttons = [button, DismissButton.create(label=messages.keep_button)]
    return container_view(text, colour=WARNING_COLOUR, buttons=buttons)


@suggestions
async def _complete_article(interaction: Interaction, typed: str) -> Choices:
    if not await is_curator(interaction):
        return []
    answers = interaction.client.answers
    sources = await answers.read(interaction.guild_id, lambda each: each.suggestions(typed))
    return to_choices(source_choices(typed, sources))


@app_commands.command(description="Remove an article and rebuild the index")
@app_commands.describe(article="Type words from its title")
@app_commands.autocomplete(article=_complete_article)
async def remove(interaction: Interaction, article: str) -> None:
    """Ask whether to remove an article."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    client, messages = interaction.client, curator_messages(interaction.locale)
    sources = await client.answers.read(guild_id, lambda each: each.candidates(article))
    path = find_source(article, sources)
    source = next(source for source in sources if source.path == path)
    try:
        returns_file = fits_upload(await client.curation.files(path))
    except SeedNotFound as error:
        raise SeedRefused(messages.article_already_removed) from error
    await show(interaction, remove_view(source, messages, returns_file=returns_file))


@app_commands.command(description="Go back to the previous index")
async def rollback(interaction: Interaction) -> None:
    """Ask whether to roll back."""
    await defer_for_curator(interaction, _check_may_change_all)
    snapshot = interaction.client.answers.pool.snapshot
    await show(interaction, rollback_view(snapshot, curator_messages(interaction.locale)))


async def _check_may_change_all(interaction: Interaction) -> int:
    return await check_may_change(interaction, all_articles=True)


async def remove_article(interaction: Interaction, state: State) -> None:
    """Remove the article and rebuild, in place of the question."""
    guild_id = await defer_in_place(interaction, check_may_change)
    client, messages = interaction.client, curator_messages(interaction.locale)
    source = await client.answers.read(
        guild_id,
        lambda articles: next(
            (each for each in articles.iterate() if _short_digest(each) == state["article"]), None
        ),
    )
    if source is None:
        raise SeedRefused(messages.article_already_removed)
    try:
        await _return_files(interaction, source, messages)
        await client.curation.remove(source.path)
    except SeedNotFound as error:
        raise SeedRefused(messages.article_already_removed) from error
    await follow_rebuild(interaction, guild_id, pending=messages.removed_file_is_gone)


async def roll_back(interaction: Interaction, state: State) -> None:
    """Roll back, in place of the question."""
    guild_id = await defer_in_place(interaction, _check_may_change_all)
    messages = curator_messages(interaction.locale)
    client, expected = interaction.client, state["snapshot"]
    if client.answers.pool.snapshot != expected:
        raise NotAllowed(messages.rollback_outdated)
    try:
        snapshot, pins = await client.curation.rollback(guild_id, expected)
    except Superseded as error:
        raise NotAllowed(messages.rollback_outdated) from error
    except SnapshotError as error:
        raise NotAllowed(messages.no_previous_index) from error
    lines = [messages.rolled_back.format(when=build_time(snapshot)), *pin_lines(pins, messages)]
    await show_lasting(interaction, container_view(fit_lines(lines), colour=SUCCESS_COLOUR))


async def dismiss(interaction: Interaction, _state: State) -> None:
    """Say that nothing was changed, in place of the question."""
    view = container_view(curator_messages(interaction.locale).nothing_done)
    await interaction.response.edit_message(view=view)


def fits_upload(files: Sequence[tuple[str, bytes]]) -> bool:
    """Tell whether Discord accepts an article's files in one message."""
    return sum(len(content) for _, content in files) <= MAX_UPLOAD_BYTES


async def _return_files(
    interaction: Interaction, source: Source, messages: CuratorMessages
) -> None:
    """Send the article's files in a private message, before they are removed.

    An error while sending aborts the removal.
    """
    files = await interaction.client.curation.files(source.path)
    if not fits_upload(files):
        return
    attachments = [AttachedFile(io.BytesIO(content), safe_name(name)) for name, content in files]
    line = messages.removed_file.format(article_line(source.path, source.metadata.title))
    await interaction.followup.send(line, files=attachments, ephemeral=True)
