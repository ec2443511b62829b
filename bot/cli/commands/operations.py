"""Commands for operators of the bot: run, rollback, doctor, backup, restore."""

# ruff: noqa: PLC0415 - commands import what they need, so that `quoth --help` stays fast

import contextlib
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.cli.options import FAILED, PARTIAL, REFUSED, IndexOption, JsonOption, SeedsOption
from bot.config.settings import Settings, read_settings
from bot.config.signals import run_child
from bot.config.store_location import PostgresUrl
from index.errors import SnapshotDamaged

_TOKEN_INSTRUCTIONS = """DISCORD_TOKEN is not set, neither in the environment nor in .env.
  1. Create an application at https://discord.com/developers/applications and open its page "Bot".
  2. "Reset Token" shows the token: put DISCORD_TOKEN=... into .env (start from .env.example).
  3. Leave all three "Privileged Gateway Intents" off: none is needed.
  4. "OAuth2": tick the scopes bot and applications.commands, and the permissions View Channels,
     Send Messages, Send Messages in Threads, Embed Links, Attach Files, Add Reactions,
     Read Message History.
     The generated link invites the bot to your server; it looks like
     https://discord.com/oauth2/authorize?client_id=APPLICATION_ID&scope=bot+applications.commands&permissions=274878024768
  5. Run this again."""  # noqa: S105 - instructions, not a password


def run(seeds: SeedsOption = None, index: IndexOption = None) -> None:
    """Run the Discord bot.

    Needs a DISCORD_TOKEN in the environment or in .env, and explains how to get one. Exit status
    78: the token is missing, or Discord rejected it.
    """
    settings = read_settings(seeds=seeds, index=index)
    if settings.discord_token is None:
        _exit_refused(_TOKEN_INSTRUCTIONS)
    from bot.app import run as bot_process
    from bot.cli.searchers import open_searcher, open_store
    from bot.cli.seeds_check import warn_of_misconfiguration
    from bot.config.logging import configure_logging

    configure_logging(settings.log_level, settings.log_style)
    settings.check_shards()
    with contextlib.suppress(SnapshotDamaged):  # an older snapshot may open; if not, opening raises
        if not open_store(settings).names():
            _build_in_child(settings)
    open_searcher(settings).close()
    warn_of_misconfiguration(settings)
    try:
        bot_process.run_bot(settings)
    except bot_process.LoginRefused as error:
        _exit_refused(str(error))


def _exit_refused(message: str) -> NoReturn:
    """Exit with the status on which docs/quoth.service does not restart the bot."""
    sys.stderr.write(f"quoth: {message}\n")
    raise SystemExit(REFUSED)


def _build_in_child(settings: Settings) -> None:
    """Build in a child process: models loaded here would stay in the bot's memory."""
    from bot.services.rebuild import build_command, environment_without_token

    status = run_child(build_command(settings), environment_without_token())
    if status not in {0, PARTIAL}:
        raise typer.Exit(status)  # the child has printed the reason


def rollback(index: IndexOption = None) -> None:
    """Go back to the previous index.

    The articles in seeds stay as they are: the next build indexes them again.
    """
    from bot.cli.output.console import print_status
    from index.backends import snapshot_store

    settings = read_settings(index=index)
    with contextlib.closing(snapshot_store(settings.index, settings.cluster)) as store:
        name = store.rollback()
    print_status(f"Snapshot {name} is in service; a running bot switches to it within seconds.")


def doctor(
    index: IndexOption = None, seeds: SeedsOption = None, *, json: JsonOption = False
) -> None:
    """Check everything the bot needs, and suggest fixes.

    With a token, Discord is checked, too; the token is never printed. Exit status 1: a check
    failed.
    """
    import asyncio

    from bot.cli.doctor import check_discord, check_locally, print_checks

    settings = read_settings(seeds=seeds, index=index)
    checks = [*check_locally(settings), *asyncio.run(check_discord(settings))]
    print_checks(checks, as_json=json)
    if any(check.ok is False for check in checks):
        raise typer.Exit(FAILED)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="The file to write.")],
    seeds: SeedsOption = None,
) -> None:
    """Back up the articles and the bot's database.

    The bot may keep running. The index is left out: `quoth build` makes it from the articles. Exit
    status 3: some files could not be read, and are not in the backup.
    """
    from bot.cli.backup import save_backup
    from bot.cli.output.builds import print_left_out
    from bot.cli.output.console import print_status

    settings = read_settings(seeds=seeds)
    report = save_backup(settings, file)
    saved = "the articles and the database"
    in_postgres = isinstance(settings.store, PostgresUrl)
    if in_postgres:
        saved = "the articles"
    elif not report.has_database:
        saved = f"the articles (no database: there is none at {settings.store})"
    if report.left_out:
        saved = "everything else"
        print_left_out(report.left_out)
    print_status(f"Saved {saved}. `quoth restore {file}` restores the backup.")
    if in_postgres:
        print_status(
            f"The bot's database is not in it: it is {settings.store}. Save it with PostgreSQL's "
            "own pg_dump."
        )
    if report.left_out:
        raise typer.Exit(PARTIAL)


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.tar.gz", help="A file that `quoth backup` wrote.")
    ],
    seeds: SeedsOption = None,
) -> None:
    """Restore a backup.

    Stop the bot first. Existing articles and database are moved aside, not deleted.
    """
    from bot.cli.backup import restore_backup
    from bot.cli.output.console import print_status

    for moved in restore_backup(read_settings(seeds=seeds), file):
        print_status(f"Moved the existing files to {moved}.")
    print_status("Restored; run `quoth build` to index the articles.")
