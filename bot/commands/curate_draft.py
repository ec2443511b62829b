"""The form for an article that a curator writes in Discord, and what becomes of it."""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
from discord import TextStyle, ui

from bot.commands.curate_files import place
from bot.curate.curators import check_may_change
from bot.curate.live import follow_rebuild
from bot.curate.seedfiles import Draft, SeedRefused, drafted
from bot.replies import answering
from bot.texts.curator_words import CuratorWords, curator_words
from bot.texts.cut import shorten
from bot.wire import AttachedFile

if TYPE_CHECKING:
    from bot.client import Quoth

_TITLE_LIMIT = 45  # Discord's, of a form's title


class DraftForm(ui.Modal):
    """Title, text, and who says so; the file's front matter is made of it."""

    def __init__(self, question: str, words: CuratorWords) -> None:
        super().__init__(title=words.draft_title[:_TITLE_LIMIT])
        self._title = _field(words.field_title, limit=200)
        self._text = _field(words.field_text, limit=4000, hint=words.field_text_hint, long=True)
        self._publisher = _field(words.field_publisher, limit=100, wanted=False)
        self._url = _field(words.field_url, limit=400, wanted=False)
        self.add_item(ui.TextDisplay(words.draft_for.format(shorten(question, 600))))
        for label in (self._title, self._text, self._publisher, self._url):
            self.add_item(label)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Write the article, and rebuild."""
        async with answering(interaction):
            guild = check_may_change(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            await _write(interaction, guild, self._draft())

    def _draft(self) -> Draft:
        title, text, publisher, url = (
            label.component.value
            for label in (self._title, self._text, self._publisher, self._url)
            if isinstance(label.component, ui.TextInput)
        )
        published = datetime.now(UTC).date().isoformat()
        return Draft(title, text, publisher, url, published)


def _field(
    name: str, *, limit: int, hint: str | None = None, long: bool = False, wanted: bool = True
) -> ui.Label["DraftForm"]:
    style = TextStyle.paragraph if long else TextStyle.short
    field = ui.TextInput["DraftForm"](style=style, required=wanted, max_length=limit)
    return ui.Label(text=name[:_TITLE_LIMIT], description=hint, component=field)


async def _write(interaction: "discord.Interaction[Quoth]", guild: int, draft: Draft) -> None:
    words, curation = curator_words(interaction.locale), interaction.client.curation
    name, content = drafted(draft)
    try:
        path = await curation.add(place(curation, guild, None, words), name, content)
    except SeedRefused as error:
        line = words.draft_refused.format(shorten(f"{error}.", 600))
        file = AttachedFile(io.BytesIO(content), name)
        await interaction.edit_original_response(content=f"⚠️ {line}", attachments=[file])
        return
    await follow_rebuild(interaction, guild, f"✅ {words.drafted.format(shorten(path, 300))}")
