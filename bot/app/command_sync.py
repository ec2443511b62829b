"""Tell Discord of the commands, only when they changed: it allows 200 new ones a day."""

import hashlib
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import discord
from discord import app_commands

from bot.storage.database import Store

log = logging.getLogger(__name__)

_NOTE = "commands"


async def sync_commands(tree: app_commands.CommandTree[Any], store: Store) -> dict[str, int]:
    """Sync unless Discord lists the very commands that were synced last, made of the same tree.

    Gives each command's id by its name. A failure is logged, not raised: the commands of last
    time still work, and mentions do.
    """
    listed: list[app_commands.AppCommand] = []
    try:
        with suppress(discord.HTTPException):  # what is not listed is told anew
            listed = await tree.fetch_commands()
        if await _note(tree, listed) != await store.note(_NOTE):
            listed = await tree.sync()
            await store.set_note(_NOTE, await _note(tree, listed))
            log.info("told Discord of the commands")
    except discord.HTTPException:
        log.exception("could not tell Discord of the commands; they stay as they were")
    return {command.name: command.id for command in listed}


async def _note(
    tree: app_commands.CommandTree[Any], listed: Sequence[app_commands.AppCommand]
) -> str:
    """A digest of our tree in all its languages, and the ids by which Discord has it."""
    translator = tree.translator
    ours = [
        await command.get_translated_payload(tree, translator)
        if translator
        else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    text = json.dumps(ours, sort_keys=True, default=str)
    ids = sorted(command.id for command in listed)
    return json.dumps([hashlib.sha256(text.encode()).hexdigest(), ids])
