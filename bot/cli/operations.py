"""Commands for those who keep the bot up: rollback, doctor, backup, restore."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import FAILED, IndexOption, JsonOption, SeedsOption, settings_of


def rollback(index: IndexOption = None) -> None:
    """Put the index of the build before in service again.

    The articles in seeds stay as they are: the next build brings back what they hold then.
    """
    from bot.cli import console as terminal  # noqa: PLC0415 - what loads long loads where it is used
    from index.store import snapshot  # noqa: PLC0415

    name = snapshot.rollback(settings_of(None, index).index)
    terminal.say(f"Snapshot {name} is in service; a running bot takes it within seconds.")


def doctor(
    index: IndexOption = None, seeds: SeedsOption = None, *, json: JsonOption = False
) -> None:
    """Look at what the bot needs, and say how to mend it.

    Discord is asked, too, when there is a token; the token is never printed. Exit status 1:
    something is not right.
    """
    import asyncio  # noqa: PLC0415 - what loads long loads where it is used

    from bot.cli import console as terminal  # noqa: PLC0415
    from bot.cli import doctor as checks  # noqa: PLC0415

    settings = settings_of(seeds, index)
    found = [*checks.local(settings), *asyncio.run(checks.online(settings))]
    terminal.print_checks(found, as_json=json)
    if any(check.ok is False for check in found):
        raise typer.Exit(FAILED)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="Where to write it.")],
    seeds: SeedsOption = None,
) -> None:
    """Save the articles and what the bot remembers.

    The bot may run meanwhile. The index is not saved: `quoth build` makes it from the articles.
    """
    from bot.cli import backup as backups  # noqa: PLC0415 - what loads long loads where it is used
    from bot.cli import console as terminal  # noqa: PLC0415

    backups.save(settings_of(seeds, None), file)
    terminal.say(f"{file} holds the articles and the store; `quoth restore {file}` puts them back.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="What backup wrote.")],
    seeds: SeedsOption = None,
) -> None:
    """Put back what backup saved.

    Stop the bot before. What is there now is moved aside; nothing is deleted.
    """
    from bot.cli import backup as backups  # noqa: PLC0415 - what loads long loads where it is used
    from bot.cli import console as terminal  # noqa: PLC0415

    for moved in backups.restore(settings_of(seeds, None), file):
        terminal.say(f"What was there before is {moved} now.")
    terminal.say("Restored; run `quoth build` to index the articles.")
