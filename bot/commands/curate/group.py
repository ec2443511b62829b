"""``/curate``: the articles and the index, for members who may manage the server."""

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.base_client import QuothClient
from bot.commands.curate.confirm import ask_to_remove, rollback_view
from bot.commands.curate.files import add_files
from bot.commands.curate.permissions import (
    IN_SERVERS_ONLY,
    Choices,
    NotAllowed,
    check_curator,
    check_may_change,
    check_may_change_all,
    for_curators,
)
from bot.commands.curate.pins import pin
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.commands.curate.stats import show_stats
from bot.commands.curate.unanswered import show_unanswered
from bot.text.autocomplete import choices
from bot.text.curator_messages import curator_messages
from bot.ui.error_handling import handle_interaction_errors

curate = app_commands.Group(
    name=locale_str("curate"),
    description=locale_str("Look after the articles and the index"),
    default_permissions=discord.Permissions(manage_guild=True),
    guild_only=True,
    allowed_contexts=IN_SERVERS_ONLY,
)
curate.add_command(pin)


@curate.command(
    name=locale_str("rebuild"), description=locale_str("Build the index from the articles again")
)
async def rebuild(interaction: discord.Interaction[QuothClient]) -> None:
    """Rebuild unless one is under way."""
    async with handle_interaction_errors(interaction):
        guild = check_may_change(interaction)
        if interaction.client.curation.rebuilder.busy:
            raise NotAllowed(curator_messages(interaction.locale).already)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await follow_rebuild(interaction, guild)


@curate.command(
    name=locale_str("add"), description=locale_str("Add articles from files, and rebuild")
)
@app_commands.describe(
    file=locale_str("A text, Markdown, HTML, PDF or Word file"),
    file2=locale_str("Another file"),
    file3=locale_str("Another file"),
    file4=locale_str("Another file"),
    file5=locale_str("Another file"),
    collection=locale_str("The folder it goes into"),
    replace=locale_str("Replace an article of the same name"),
)
async def add(  # noqa: PLR0913, PLR0917 - one parameter is one option of the command
    interaction: discord.Interaction[QuothClient],
    file: discord.Attachment,
    file2: discord.Attachment | None = None,
    file3: discord.Attachment | None = None,
    file4: discord.Attachment | None = None,
    file5: discord.Attachment | None = None,
    collection: str | None = None,
    replace: bool = False,
) -> None:
    """Put files among the articles."""
    async with handle_interaction_errors(interaction):
        guild = check_may_change(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        files = [one for one in (file, file2, file3, file4, file5) if one is not None]
        await add_files(interaction, guild, files, collection, over=replace)


@curate.command(name=locale_str("remove"), description=locale_str("Remove an article, and rebuild"))
@app_commands.describe(article=locale_str("Type words of its title"))
async def remove(interaction: discord.Interaction[QuothClient], article: str) -> None:
    """Ask whether to remove it."""
    async with handle_interaction_errors(interaction):
        guild = check_may_change(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await ask_to_remove(interaction, guild, article)


@curate.command(
    name=locale_str("rollback"),
    description=locale_str("Put the index of the build before in service again"),
)
async def rollback(interaction: discord.Interaction[QuothClient]) -> None:
    """Ask whether to roll back."""
    async with handle_interaction_errors(interaction):
        check_may_change_all(interaction)
        current = interaction.client.answers.snapshot
        view = rollback_view(current, curator_messages(interaction.locale))
        await interaction.response.send_message(view=view, ephemeral=True)


@curate.command(
    name=locale_str("unanswered"),
    description=locale_str("Questions that found nothing or were voted down"),
)
async def unanswered(interaction: discord.Interaction[QuothClient]) -> None:
    """List them, most asked first."""
    async with handle_interaction_errors(interaction):
        check_curator(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_unanswered(interaction, newest=False, page=0)


@curate.command(
    name=locale_str("stats"), description=locale_str("What was asked here, and what came of it")
)
async def stats(interaction: discord.Interaction[QuothClient]) -> None:
    """The last 7 and 30 days."""
    async with handle_interaction_errors(interaction):
        guild = check_curator(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_stats(interaction, guild)


@add.autocomplete("collection")
@for_curators
async def _complete_collection(
    interaction: discord.Interaction[QuothClient], typed: str
) -> Choices:
    guild = check_curator(interaction)
    places = interaction.client.curation.places(guild)
    found = [one for one in places if typed.casefold() in one.casefold() and len(one) <= 100]
    return [app_commands.Choice(name=one, value=one) for one in found[:25]]


@remove.autocomplete("article")
@for_curators
async def _complete_article(interaction: discord.Interaction[QuothClient], typed: str) -> Choices:
    guild = check_curator(interaction)
    found = choices(typed, interaction.client.answers.sources_for(guild))
    return [app_commands.Choice(name=name, value=value) for name, value in found]
