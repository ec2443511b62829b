"""``/curate export``: questions, verdicts and votes as files."""

import io

from discord import app_commands

from bot.commands.curate.permissions import defer_for_curator
from bot.storage.export import export_csv
from bot.text.curator_messages import curator_messages
from bot.ui.base_client import Interaction
from bot.ui.transport.discord_compat import AttachedFile
from bot.ui.transport.payloads import MAX_UPLOAD_BYTES
from index.errors import QuestionError


@app_commands.command(description="Get questions, verdicts and votes as CSV files, without ids")
async def export(interaction: Interaction) -> None:
    """Send the files privately."""
    guild_id = await defer_for_curator(interaction)
    messages = curator_messages(interaction.locale)
    files = await export_csv(interaction.client.curation.store, guild_id)
    if sum(map(len, files.values())) > MAX_UPLOAD_BYTES:
        raise QuestionError(messages.export_too_large)
    attachments = [AttachedFile(io.BytesIO(content), name) for name, content in files.items()]
    await interaction.edit_original_response(content=messages.exported, attachments=attachments)
