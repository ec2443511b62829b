"""The commands of the bot, in the tree that Discord syncs."""

from typing import Any

from discord import app_commands

from bot.commands.ask import ask, find_in_articles
from bot.commands.curate.group import curate
from bot.commands.curate.quote import quote_this
from bot.commands.help import help_command
from bot.commands.privacy import privacy
from bot.commands.settings import settings
from bot.commands.sources import sources
from bot.commands.verify import check_quotation, verify
from bot.ui.base_client import Interaction, QuothClient
from bot.ui.error_handling import handle_interaction_errors, report_error

_COMMANDS: tuple[Any, ...] = (
    ask,
    sources,
    help_command,
    privacy,
    find_in_articles,
    verify,
    check_quotation,
    quote_this,
    curate,
    settings,
)
# Members cannot install the bot for themselves: its articles depend on the server.
_SERVERS_AND_DIRECT_MESSAGES = app_commands.AppCommandContext(
    guild=True, dm_channel=True, private_channel=False
)
_INSTALLED_IN_SERVERS = app_commands.AppInstallationType(guild=True, user=False)


class QuothCommandTree(app_commands.CommandTree[QuothClient]):
    """The command tree; reports errors of commands as buttons report theirs."""

    async def _call(self, interaction: Interaction) -> None:
        # discord.py has no public method that runs around every command.
        async with handle_interaction_errors(interaction):
            await super()._call(interaction)

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Report an error to the member."""
        await report_error(interaction, error)


def build_command_tree(client: QuothClient) -> QuothCommandTree:
    """Return the tree of a client, with all commands."""
    tree = QuothCommandTree(
        client,
        allowed_contexts=_SERVERS_AND_DIRECT_MESSAGES,
        allowed_installs=_INSTALLED_IN_SERVERS,
    )
    for command in _COMMANDS:
        tree.add_command(command)
    return tree
