"""Add articles: ``/curate add`` for files, and a form to write an article in Discord."""

import io
import math
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import discord
from discord import app_commands, ui

from bot.commands.completion import Choices, suggestions, to_choices
from bot.commands.curate.permissions import (
    NotAllowed,
    check_curator,
    check_may_change,
    defer_for_curator,
    is_curator,
)
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.services.curation import Curation
from bot.storage.unanswered import QuestionGroup, find_group
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.refusals import translate_reason
from bot.text.truncate import shorten
from bot.ui.base_client import Fields, Interaction, State
from bot.ui.container import WARNING_COLOUR, container_view
from bot.ui.curate.curator_text import fit_lines
from bot.ui.lasting_response import show_lasting
from bot.ui.modals import Form, in_time_for_form
from bot.ui.transport.discord_compat import AttachedFile
from index.ingest.add import AddResult
from index.ingest.folder import MAX_BYTES
from index.ingest.seeds import SeedExists, SeedRefused, render_draft
from index.text.urls import is_http_url

DRAFT_FORM = "quoth:draft"


@suggestions
async def complete_collection(interaction: Interaction, typed: str) -> Choices:
    """Suggest collections that the server's articles may go into."""
    if not await is_curator(interaction):
        return []
    collections = interaction.client.curation.collections_for(await check_curator(interaction))
    matches = [
        name for name in collections if typed.casefold() in name.casefold() and len(name) <= 100
    ]
    return to_choices((name, name) for name in matches[:25])


@app_commands.command(description="Add articles from files or a link and rebuild the index")
@app_commands.describe(
    file="A text, Markdown, HTML, PDF or Word file",
    url="The address of a page, a document or a feed",
    file2="Another file",
    file3="Another file",
    file4="Another file",
    file5="Another file",
    collection="The folder to add them to",
    replace="Replace articles that have the same name",
)
@app_commands.autocomplete(collection=complete_collection)
async def add(  # noqa: PLR0913, PLR0917 - one parameter is one option of the command
    interaction: Interaction,
    file: discord.Attachment | None = None,
    url: app_commands.Range[str, 1, 1000] | None = None,
    file2: discord.Attachment | None = None,
    file3: discord.Attachment | None = None,
    file4: discord.Attachment | None = None,
    file5: discord.Attachment | None = None,
    collection: str | None = None,
    replace: bool = False,
) -> None:
    """Add the attached files, or what a link leads to, and rebuild."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    messages, curation = curator_messages(interaction.locale), interaction.client.curation
    files = list(filter(None, (file, file2, file3, file4, file5)))
    if not files and url is None:
        raise NotAllowed(messages.add_what)
    folder = target_collection(curation, guild_id, collection, messages)
    added: list[str] = []
    lines: list[str] = []
    if url is not None:
        for result in await curation.add_url(folder, url.strip(), overwrite=replace):
            if result.path:
                added.append(result.path)
            else:
                lines += _link_lines(result, messages)
    for attached in files:
        try:
            name, content = await _download(attached, messages)
            added.append(await curation.add(folder, name, content, overwrite=replace))
        except SeedRefused as error:
            lines += _refusal_lines(attached, error, messages)
    if added:
        lines.insert(0, f"✅ {messages.files_added.format(shorten(', '.join(added), 500))}")
        heading = "\n".join(lines)
        await follow_rebuild(interaction, guild_id, heading, pending=messages.files_stay)
    else:
        await show_lasting(interaction, container_view(fit_lines(lines), colour=WARNING_COLOUR))


def _link_lines(result: AddResult, messages: CuratorMessages) -> list[str]:
    reason = shorten(translate_reason(result.reason or "", messages), 250)
    name = shorten(result.source, 200)
    return [f"⚠️ {messages.file_refused.format(name=name, reason=reason)}"]


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


def refusal_reason(error: SeedRefused, messages: CuratorMessages) -> str:
    """Say why a file was refused, without its name."""
    if isinstance(error, SeedExists):
        return messages.article_exists.format(error.name)
    return translate_reason(str(error), messages)


def _refusal_lines(
    file: discord.Attachment, error: SeedRefused, messages: CuratorMessages
) -> list[str]:
    reason = shorten(refusal_reason(error, messages), 250)
    name = shorten(file.filename, 100)
    line = f"⚠️ {messages.file_refused.format(name=name, reason=reason)}"
    return [line, f"-# {messages.replace_hint}"] if isinstance(error, SeedExists) else [line]


async def open_draft_form(interaction: Interaction, state: State) -> None:
    """Show the form, unless the question is no longer on the list."""
    messages = curator_messages(interaction.locale)
    group = await in_time_for_form(_find_group(interaction, int(state["question"])))
    if group is None:
        raise NotAllowed(messages.question_not_listed)
    await interaction.response.send_modal(draft_form(group.newest.question, messages))


async def _find_group(interaction: Interaction, question: int) -> QuestionGroup | None:
    guild_id = await check_may_change(interaction)
    return await find_group(interaction.client.curation.store, guild_id, question)


def draft_form(question: str, messages: CuratorMessages) -> Form:
    """Build a form for an article's title, text and front matter."""
    form = Form(messages.draft_title, DRAFT_FORM)
    form.add_item(ui.TextDisplay(messages.draft_question.format(shorten(question, 600))))
    form.add_field("title", messages.field_title, ui.TextInput[Any](max_length=200))
    text = ui.TextInput[Any](style=discord.TextStyle.paragraph, max_length=4000)
    form.add_field("text", messages.field_text, text, messages.field_text_hint)
    publisher = ui.TextInput[Any](required=False, max_length=100)
    form.add_field("publisher", messages.field_publisher, publisher)
    form.add_field("url", messages.field_url, ui.TextInput[Any](required=False, max_length=400))
    return form


async def write_draft(interaction: Interaction, _state: State, fields: Fields) -> None:
    """Add the article and rebuild, or return the text with the reason it was refused."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    messages, curation = curator_messages(interaction.locale), interaction.client.curation
    published = datetime.now(UTC).date().isoformat()
    name, content = render_draft(**fields, published=published)
    try:
        _check_link(fields["url"].strip(), messages)
        collection = target_collection(curation, guild_id, None, messages)
        path = await curation.add(collection, name, content)
    except SeedRefused as error:
        reason = shorten(f"{refusal_reason(error, messages)}.", 600)
        line = f"⚠️ {messages.draft_refused.format(reason)}"
        file = AttachedFile(io.BytesIO(content), name)
        await interaction.edit_original_response(content=line, attachments=[file])
        return
    heading = f"✅ {messages.draft_saved.format(shorten(path, 300))}"
    await follow_rebuild(interaction, guild_id, heading, pending=messages.files_stay)


def _check_link(url: str, messages: CuratorMessages) -> None:
    if url and not is_http_url(url):
        raise SeedRefused(messages.invalid_link.format(url))
