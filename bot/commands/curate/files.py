"""``/curate add``: files of a message into the seeds, each by itself, then one rebuild."""

import math
from collections.abc import Sequence

import discord

from bot.commands.base_client import QuothClient
from bot.commands.curate.rebuild_progress import FAILED, box_view, follow_rebuild
from bot.services.curation import Curation
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.truncate import shorten
from bot.ui.answer_view import show
from index.ingest.loader import MAX_BYTES
from index.ingest.seeds import SeedExists, SeedRefused, safe_name


async def add_files(
    interaction: discord.Interaction[QuothClient],
    guild: int,
    files: Sequence[discord.Attachment],
    collection: str | None,
    *,
    over: bool,
) -> None:
    """Put each file that can be an article among them, say which were not, and rebuild."""
    words, curation = curator_messages(interaction.locale), interaction.client.curation
    folder = place(curation, guild, collection, words)
    added: list[str] = []
    lines: list[str] = []
    for file in files:
        try:
            added.append(await _add(curation, folder, file, words, over=over))
        except SeedRefused as error:
            lines += _refusal(file, error, words)
    if added:
        lines.insert(0, f"✅ {words.files_added.format(shorten(', '.join(added), 500))}")
        await follow_rebuild(interaction, guild, "\n".join(lines))
    else:
        await show(interaction, box_view("\n".join(lines), colour=FAILED))


def place(
    curation: "Curation", guild: int, collection: str | None, words: CuratorMessages
) -> str | None:
    """Where new articles of a server go. Raises SeedRefused for a folder that is not its own."""
    bound, places = curation.servers.collections(guild), curation.places(guild)
    if collection is None:
        return bound[0] if bound else None
    if collection not in places:
        raise SeedRefused(words.no_collection.format(collection))
    return collection


async def _add(
    curation: "Curation",
    folder: str | None,
    file: discord.Attachment,
    words: CuratorMessages,
    *,
    over: bool,
) -> str:
    if file.size > MAX_BYTES:
        raise SeedRefused(words.too_large.format(found=_mb(file.size), wanted=_mb(MAX_BYTES)))
    name = file.title + _suffix(file.filename) if file.title else file.filename
    try:
        content = await file.read()
    except discord.HTTPException as error:
        raise SeedRefused(words.not_fetched) from error
    return await curation.add(folder, name, content, over=over)


def _mb(size: int) -> int:
    return math.ceil(size / 1_000_000)


def _suffix(name: str) -> str:
    """Discord replaces what it does not like in a file's name, and keeps that as its title."""
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix}" if stem and dot else ""


def refusal(error: SeedRefused, words: CuratorMessages, name: str) -> str:
    """Why the file ``name`` does not go into the seeds; the name itself stands beside."""
    if isinstance(error, SeedExists):
        return words.there_already.format(error.name)
    return str(error).removeprefix(f"{safe_name(name)}: ")


def _refusal(file: discord.Attachment, error: SeedRefused, words: CuratorMessages) -> list[str]:
    name, reason = shorten(file.filename, 100), shorten(refusal(error, words, file.filename), 250)
    line = f"⚠️ {words.file_refused.format(name=name, reason=reason)}"
    return [line, f"-# {words.replace_hint}"] if isinstance(error, SeedExists) else [line]
