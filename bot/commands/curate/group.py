"""``/curate``: manage the articles and the index."""

from typing import Any

import discord
from discord import app_commands

from bot.commands.curate.add import add
from bot.commands.curate.confirm import remove, rollback
from bot.commands.curate.export import export
from bot.commands.curate.pins import pin
from bot.commands.curate.rebuild_progress import rebuild
from bot.commands.curate.sources import follow, followed, refresh, unfollow
from bot.commands.curate.stats import stats
from bot.commands.curate.unanswered import unanswered

curate = app_commands.Group(
    name="curate",
    description="Manage the articles and the index",
    default_permissions=discord.Permissions(manage_guild=True),
    guild_only=True,
    allowed_contexts=app_commands.AppCommandContext(
        guild=True, dm_channel=False, private_channel=False
    ),
)
_COMMANDS: tuple[Any, ...] = (
    *(pin, rebuild, add, remove, rollback, unanswered, stats),
    *(follow, followed, unfollow, refresh, export),
)
for _command in _COMMANDS:
    curate.add_command(_command)
