"""Tell Discord of the commands, only when they changed: it allows 200 new ones a day."""

import hashlib
import json
import logging
from typing import Any

import discord
from discord import app_commands

from bot.store import Store

log = logging.getLogger(__name__)

_NOTE = "commands"


async def sync_commands(tree: app_commands.CommandTree[Any], store: Store) -> None:
    """Sync unless Discord lists the very commands that were synced last, made of the same tree.

    A failure is logged, not raised: the commands of last time still work, and mentions do.
    """
    try:
        note = await _synced(tree)
        if note == await store.note(_NOTE):
            return
        await tree.sync()
        await store.set_note(_NOTE, await _synced(tree))
        log.info("told Discord of the commands")
    except discord.HTTPException:
        log.exception("could not tell Discord of the commands; they stay as they were")


async def _synced(tree: app_commands.CommandTree[Any]) -> str:
    """A digest of our tree, and the ids by which Discord has it."""
    listed = sorted(command.id for command in await tree.fetch_commands())
    ours = [command.to_dict(tree) for command in tree.get_commands()]
    text = json.dumps(ours, sort_keys=True, default=str)
    return json.dumps([hashlib.sha256(text.encode()).hexdigest(), listed])
