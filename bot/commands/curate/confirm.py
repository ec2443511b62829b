"""What cannot be taken back is asked first: removing an article, rolling the index back."""

import io
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ButtonStyle, ui

from bot.commands.base_client import QuothClient
from bot.commands.curate.permissions import NotAllowed, check_may_change, check_may_change_all
from bot.commands.curate.rebuild_progress import DONE, FAILED, box_view, follow_rebuild
from bot.commands.curate.rendering import article_line, built_when, fitted, pin_lines
from bot.services.curation import Superseded
from bot.text.autocomplete import find
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.messages import messages_for
from bot.text.truncate import shorten
from bot.ui.answer_view import show
from bot.ui.discord_compat import LARGEST_FILE, AttachedFile
from bot.ui.error_handling import handle_interaction_errors
from bot.ui.persistent import PersistentButton
from index.errors import SnapshotError
from index.ingest.seeds import SeedGone, SeedRefused, safe_name
from index.types import Source, digest


def remove_view(source: Source, words: CuratorMessages, *, back: bool = True) -> ui.LayoutView:
    """Asks whether to remove an article; says whether its file can be handed ``back``."""
    title, path = shorten(source.metadata.title, 300), shorten(source.path, 300)
    hint = words.remove_back if back else words.remove_large
    text = f"{words.remove_ask.format(title=f'**{title}**', path=path)}\n{hint}"
    row = [RemoveButton.of(source.path, words.remove_yes), KeepButton.of(words.remove_no)]
    return box_view(text, colour=FAILED, row=row)


async def ask_to_remove(
    interaction: discord.Interaction[QuothClient], guild: int, article: str
) -> None:
    """Find the article that was typed, and ask whether to remove it."""
    client, words = interaction.client, curator_messages(interaction.locale)
    sources = client.answers.sources_for(guild)
    path = find(article, sources, messages_for(interaction.locale))
    found = next(source for source in sources if source.path == path)
    try:
        back = fits_back(await client.curation.files(path))
    except SeedGone as error:
        raise SeedRefused(words.article_gone) from error
    await show(interaction, remove_view(found, words, back=back))


def rollback_view(current: str, words: CuratorMessages) -> ui.LayoutView:
    """Asks whether to roll back from the snapshot ``current``."""
    row = [RollBackButton.of(current, words.rollback_yes), KeepButton.of(words.remove_no)]
    return box_view(words.rollback_ask, colour=FAILED, row=row)


class RemoveButton(PersistentButton, template=r"quoth:remove:(?P<article>[0-9a-f]{24})"):
    """Removes the article, hands its file back, and rebuilds."""

    @classmethod
    def of(cls, path: str, label: str) -> Self:
        """The button for the article at ``path``."""
        button = cls(f"quoth:remove:{digest(path)[:24]}", label)
        button.item.style = ButtonStyle.danger
        return button

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """In the place of the question."""
        async with handle_interaction_errors(interaction):
            guild = check_may_change(interaction)
            await interaction.response.defer()
            source, words = self._source(interaction, guild), curator_messages(interaction.locale)
            try:
                await _hand_back(interaction, source, words)
                await interaction.client.curation.remove(source.path)
            except SeedGone as error:
                raise SeedRefused(words.article_gone) from error
            await follow_rebuild(interaction, guild)

    def _source(self, interaction: discord.Interaction[QuothClient], guild: int) -> Source:
        for source in interaction.client.answers.sources_for(guild):
            if digest(source.path)[:24] == self.state["article"]:
                return source
        raise SeedRefused(curator_messages(interaction.locale).article_gone)


class RollBackButton(PersistentButton, template=r"quoth:rollback:(?P<snapshot>[\w-]{1,60})"):
    """Rolls back, unless the index is no longer the one that was asked about."""

    @classmethod
    def of(cls, snapshot: str, label: str) -> Self:
        """The button for rolling back from ``snapshot``."""
        button = cls(f"quoth:rollback:{snapshot}", label)
        button.item.style = ButtonStyle.danger
        return button

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """In the place of the question."""
        async with handle_interaction_errors(interaction):
            guild, words = check_may_change_all(interaction), curator_messages(interaction.locale)
            curation, shown = interaction.client.curation, self.state["snapshot"]
            if interaction.client.answers.snapshot != shown:
                raise NotAllowed(words.no_longer_current)
            await interaction.response.defer()
            try:
                name, pins = await curation.rollback(guild, shown)
            except Superseded as error:
                raise NotAllowed(words.no_longer_current) from error
            except SnapshotError as error:
                raise NotAllowed(words.nothing_before) from error
            lines = [words.rolled_back.format(when=built_when(name)), *pin_lines(pins, words)]
            await show(interaction, box_view(fitted(lines), colour=DONE))


class KeepButton(PersistentButton, template=r"quoth:keep"):
    """Leaves everything as it is."""

    @classmethod
    def of(cls, label: str) -> Self:
        """The button."""
        return cls("quoth:keep", label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """In the place of the question."""
        async with handle_interaction_errors(interaction):
            line = curator_messages(interaction.locale).kept
            await interaction.response.edit_message(view=box_view(line))


def fits_back(files: Sequence[tuple[str, bytes]]) -> bool:
    """Whether Discord takes an article's files, to hand them back."""
    return sum(len(content) for _, content in files) <= LARGEST_FILE


async def _hand_back(
    interaction: discord.Interaction[QuothClient], source: Source, words: CuratorMessages
) -> None:
    """The article's files in a private message, before they are removed.

    Where Discord does not take the message, nothing is removed.
    """
    files = await interaction.client.curation.files(source.path)
    if not fits_back(files):
        return
    attached = [AttachedFile(io.BytesIO(content), safe_name(name)) for name, content in files]
    line = words.file_back.format(article_line(source.path, source.metadata.title))
    await interaction.followup.send(line, files=attached, ephemeral=True)
