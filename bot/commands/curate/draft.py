"""Let curators write an article in a Discord form."""

import io
from datetime import UTC, datetime
from typing import Any

from discord import TextStyle, ui

from bot.commands.curate.files import refusal_reason, target_collection
from bot.commands.curate.permissions import NotAllowed, check_may_change
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.storage.unanswered import find_group
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.truncate import shorten
from bot.ui.base_client import Fields, Interaction, State
from bot.ui.discord_compat import AttachedFile
from bot.ui.modals import Form
from bot.ui.persistent import PersistentButton
from index.ingest.seeds import SeedRefused, render_draft

DRAFT_FORM = "quoth:draft"


class DraftButton(PersistentButton, template=r"quoth:draft:(?P<question>\d{1,18})"):
    """Open the form for an article that answers the question with this id."""


async def open_draft_form(interaction: Interaction, state: State) -> None:
    """Show the form, unless the question is no longer on the list."""
    guild_id, messages = check_may_change(interaction), curator_messages(interaction.locale)
    store = interaction.client.curation.store
    group = await find_group(store, guild_id, int(state["question"]))
    if group is None:
        raise NotAllowed(messages.question_not_listed)
    await interaction.response.send_modal(draft_form(group.newest.question, messages))


def draft_form(question: str, messages: CuratorMessages) -> Form:
    """Build a form for an article's title, text and front matter."""
    form = Form(messages.draft_title, DRAFT_FORM)
    form.add_item(ui.TextDisplay(messages.draft_question.format(shorten(question, 600))))
    form.add_field("title", messages.field_title, ui.TextInput[Any](max_length=200))
    text = ui.TextInput[Any](style=TextStyle.paragraph, max_length=4000)
    form.add_field("text", messages.field_text, text, messages.field_text_hint)
    publisher = ui.TextInput[Any](required=False, max_length=100)
    form.add_field("publisher", messages.field_publisher, publisher)
    form.add_field("url", messages.field_url, ui.TextInput[Any](required=False, max_length=400))
    return form


async def write_draft(interaction: Interaction, _state: State, fields: Fields) -> None:
    """Add the article and rebuild, or return the text with the reason it was refused."""
    guild_id = check_may_change(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages, curation = curator_messages(interaction.locale), interaction.client.curation
    published = datetime.now(UTC).date().isoformat()
    name, content = render_draft(**fields, published=published)
    try:
        collection = target_collection(curation, guild_id, None, messages)
        path = await curation.add(collection, name, content)
    except SeedRefused as error:
        reason = shorten(f"{refusal_reason(error, messages, name)}.", 600)
        line = f"⚠️ {messages.draft_refused.format(reason)}"
        file = AttachedFile(io.BytesIO(content), name)
        await interaction.edit_original_response(content=line, attachments=[file])
        return
    await follow_rebuild(
        interaction, guild_id, f"✅ {messages.draft_saved.format(shorten(path, 300))}"
    )
