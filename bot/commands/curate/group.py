"""``/curate``: manage the articles and the index."""

import discord
from discord import app_commands

from bot.commands.completion import Choices, complete_article, to_choices
from bot.commands.curate.confirm import ask_to_remove, rollback_view
from bot.commands.curate.files import add_files
from bot.commands.curate.permissions import (
    IN_SERVERS_ONLY,
    NotAllowed,
    check_curator,
    check_may_change,
    check_may_change_all,
    defer_for_curator,
    is_curator,
)
from bot.commands.curate.pins import pin
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.commands.curate.stats import show_stats
from bot.commands.curate.unanswered import show_unanswered
from bot.text.curator_messages import curator_messages
from bot.ui.base_client import Interaction
from bot.ui.error_handling import handle_interaction_errors

curate = app_commands.Group(
    name="curate",
    description="Manage the articles and the index",
    default_permissions=discord.Permissions(manage_guild=True),
    guild_only=True,
    allowed_contexts=IN_SERVERS_ONLY,
)
curate.add_command(pin)


async def _complete_collection(interaction: Interaction, typed: str) -> Choices:
    if not is_curator(interaction):
        return []
    collections = interaction.client.curation.collections_for(check_curator(interaction))
    matches = [
        name for name in collections if typed.casefold() in name.casefold() and len(name) <= 100
    ]
    return to_choices((name, name) for name in matches[:25])


@curate.command(description="Rebuild the index from the articles")
async def rebuild(interaction: Interaction) -> None:
    """Rebuild, unless a rebuild is already running."""
    async with handle_interaction_errors(interaction):
        guild_id = await defer_for_curator(interaction, check_may_change)
        if interaction.client.curation.rebuilder.busy:
            raise NotAllowed(curator_messages(interaction.locale).rebuild_running)
        await follow_rebuild(interaction, guild_id)


@curate.command(description="Add articles from files and rebuild the index")
@app_commands.describe(
    file="A text, Markdown, HTML, PDF or Word file",
    file2="Another file",
    file3="Another file",
    file4="Another file",
    file5="Another file",
    collection="The folder to add them to",
    replace="Replace articles that have the same name",
)
@app_commands.autocomplete(collection=_complete_collection)
async def add(  # noqa: PLR0913, PLR0917 - one parameter is one option of the command
    interaction: Interaction,
    file: discord.Attachment,
    file2: discord.Attachment | None = None,
    file3: discord.Attachment | None = None,
    file4: discord.Attachment | None = None,
    file5: discord.Attachment | None = None,
    collection: str | None = None,
    replace: bool = False,
) -> None:
    """Add the attached files to the articles, and rebuild."""
    async with handle_interaction_errors(interaction):
        guild_id = await defer_for_curator(interaction, check_may_change)
        files = [each for each in (file, file2, file3, file4, file5) if each is not None]
        await add_files(interaction, guild_id, files, collection, replace=replace)


async def _complete_article(interaction: Interaction, typed: str) -> Choices:
    return await complete_article(interaction, typed) if is_curator(interaction) else []


@curate.command(description="Remove an article and rebuild the index")
@app_commands.describe(article="Type words from its title")
@app_commands.autocomplete(article=_complete_article)
async def remove(interaction: Interaction, article: str) -> None:
    """Ask whether to remove an article."""
    async with handle_interaction_errors(interaction):
        guild_id = await defer_for_curator(interaction, check_may_change)
        await ask_to_remove(interaction, guild_id, article)


@curate.command(description="Go back to the previous index")
async def rollback(interaction: Interaction) -> None:
    """Ask whether to roll back."""
    async with handle_interaction_errors(interaction):
        check_may_change_all(interaction)
        snapshot = interaction.client.answers.pool.snapshot
        view = rollback_view(snapshot, curator_messages(interaction.locale))
        await interaction.response.send_message(view=view, ephemeral=True)


@curate.command(description="List questions without an answer or with a 👎")
async def unanswered(interaction: Interaction) -> None:
    """List unanswered questions, most asked first."""
    async with handle_interaction_errors(interaction):
        await defer_for_curator(interaction)
        await show_unanswered(interaction)


@curate.command(description="Show how many questions were asked and answered")
async def stats(interaction: Interaction) -> None:
    """Show statistics of the last 7 and 30 days."""
    async with handle_interaction_errors(interaction):
        guild_id = await defer_for_curator(interaction)
        await show_stats(interaction, guild_id)
