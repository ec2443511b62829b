"""The form for an article that a curator writes in Discord, and what becomes of it."""

import io
from datetime import UTC, datetime
from typing import Any

import discord
from discord import TextStyle, ui

from bot.commands.base_client import QuothClient
from bot.commands.curate.files import place, refusal
from bot.commands.curate.permissions import check_may_change
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.truncate import shorten
from bot.ui.discord_compat import AttachedFile
from bot.ui.modals import Form, submitted
from index.ingest.seeds import ArticleDraft, SeedRefused, drafted

_FORM = "quoth:draft"


def draft_form(question: str, words: CuratorMessages) -> Form:
    """Title, text, and who says so; the file's front matter is made of it."""
    form = Form(words.draft_title, _FORM)
    form.add_item(ui.TextDisplay(words.draft_for.format(shorten(question, 600))))
    form.add_field("title", words.field_title, _field(200))
    text = ui.TextInput[Any](style=TextStyle.paragraph, max_length=4000)
    form.add_field("text", words.field_text, text, words.field_text_hint)
    form.add_field("publisher", words.field_publisher, _field(100, wanted=False))
    form.add_field("url", words.field_url, _field(400, wanted=False))
    return form


def _field(limit: int, *, wanted: bool = True) -> ui.TextInput[Any]:
    return ui.TextInput(required=wanted, max_length=limit)


@submitted(_FORM)
async def write_draft(
    interaction: discord.Interaction[Any], _state: dict[str, str], written: dict[str, str]
) -> None:
    """Write the article, and rebuild."""
    guild = check_may_change(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    published = datetime.now(UTC).date().isoformat()
    await _write(interaction, guild, ArticleDraft(**written, published=published))


async def _write(
    interaction: discord.Interaction[QuothClient], guild: int, draft: ArticleDraft
) -> None:
    words, curation = curator_messages(interaction.locale), interaction.client.curation
    name, content = drafted(draft)
    try:
        path = await curation.add(place(curation, guild, None, words), name, content)
    except SeedRefused as error:
        line = words.draft_refused.format(shorten(f"{refusal(error, words, name)}.", 600))
        file = AttachedFile(io.BytesIO(content), name)
        await interaction.edit_original_response(content=f"⚠️ {line}", attachments=[file])
        return
    await follow_rebuild(interaction, guild, f"✅ {words.drafted.format(shorten(path, 300))}")
