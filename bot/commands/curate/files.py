"""``/curate add``: add each attached file to the articles, then rebuild once."""

import math
from collections.abc import Sequence
from pathlib import PurePath

import discord

from bot.commands.container import WARNING_COLOUR, container_view
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.services.curation import Curation
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.truncate import shorten
from bot.ui.answer_view import show
from bot.ui.base_client import Interaction
from index.ingest.loader import MAX_BYTES
from index.ingest.seeds import SeedExists, SeedRefused, safe_name


async def add_files(
    interaction: Interaction,
    guild_id: int,
    files: Sequence[discord.Attachment],
    collection: str | None,
    *,
    replace: bool,
) -> None:
    """Add the files that are valid articles, list those refused, and rebuild."""
    messages, curation = curator_messages(interaction.locale), interaction.client.curation
    folder = target_collection(curation, guild_id, collection, messages)
    added: list[str] = []
    lines: list[str] = []
    for file in files:
        try:
            name, content = await _download(file, messages)
            added.append(await curation.add(folder, name, content, overwrite=replace))
        except SeedRefused as error:
            lines += _refusal_lines(file, error, messages)
    if added:
        lines.insert(0, f"✅ {messages.files_added.format(shorten(', '.join(added), 500))}")
        await follow_rebuild(interaction, guild_id, "\n".join(lines))
    else:
        await show(interaction, container_view("\n".join(lines), colour=WARNING_COLOUR))


def target_collection(
    curation: Curation, guild_id: int, chosen: str | None, messages: CuratorMessages
) -> str | None:
    """Return the collection that a server's new articles go into, None for the top folder.

    Raises SeedRefused when the server may not use the collection that was chosen.
    """
    if chosen is None:
        return next(iter(curation.guilds.collections(guild_id)), None)
    if chosen not in curation.collections_for(guild_id):
        raise SeedRefused(messages.unknown_collection.format(chosen))
    return chosen


async def _download(file: discord.Attachment, messages: CuratorMessages) -> tuple[str, bytes]:
    """Return a file's name and content.

    Discord replaces some characters of a file's name, and keeps the original, without its
    suffix, as the title.
    """
    if file.size > MAX_BYTES:
        size, limit = (math.ceil(count / 1_000_000) for count in (file.size, MAX_BYTES))
        raise SeedRefused(messages.file_too_large.format(size=size, limit=limit))
    name = file.title + PurePath(file.filename).suffix if file.title else file.filename
    try:
        return name, await file.read()
    except discord.HTTPException as error:
        raise SeedRefused(messages.download_failed) from error


def refusal_reason(error: SeedRefused, messages: CuratorMessages, name: str) -> str:
    """Say why the file ``name`` was refused, without repeating its name."""
    if isinstance(error, SeedExists):
        return messages.article_exists.format(error.name)
    return str(error).removeprefix(f"{safe_name(name)}: ")


def _refusal_lines(
    file: discord.Attachment, error: SeedRefused, messages: CuratorMessages
) -> list[str]:
    reason = shorten(refusal_reason(error, messages, file.filename), 250)
    name = shorten(file.filename, 100)
    line = f"⚠️ {messages.file_refused.format(name=name, reason=reason)}"
    return [line, f"-# {messages.replace_hint}"] if isinstance(error, SeedExists) else [line]
