"""Commands for the bot's store: copy it from SQLite to PostgreSQL."""

# ruff: noqa: PLC0415 - commands import what they need, so that `quoth --help` stays fast

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.help_format import PlainHelpCommand
from bot.config.settings import read_settings
from bot.config.store_location import PostgresUrl
from index.errors import SettingsError

store = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Copy the bot's store to PostgreSQL."
)


@store.command("copy", cls=PlainHelpCommand)
def copy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The store to copy.")],
) -> None:
    """Copy a SQLite store into an empty PostgreSQL database.

    QUOTH_STORE names the database. Stop the bot first. Every row is compared with its copy. If
    anything fails, nothing is copied; the file is left as it is.
    """
    import asyncio

    from bot.cli.output.console import print_status
    from bot.storage.errors import StoreError, import_driver
    from bot.storage.lock import lock_store

    target = read_settings().store
    if not isinstance(target, PostgresUrl):
        raise SettingsError("set QUOTH_STORE to the database to copy into: postgresql://...")
    if not file.is_file():
        raise StoreError(f"there is no file {file}; name the SQLite file of the bot's store")
    with import_driver():
        from bot.storage.copying import copy_store
    with lock_store(file):
        counts = asyncio.run(copy_store(file, target))
    for table, rows in counts.items():
        typer.echo(f"{rows:>10,}  {table}")
    print_status(
        f"Copied {sum(counts.values()):,} rows into {target}, and compared each with its copy."
    )
