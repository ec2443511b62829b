"""Sync slash commands with Discord only if they changed: it allows 200 new ones a day."""

import hashlib
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import discord
from discord import app_commands

from bot.storage.database import Store, ignore_storage_errors

log = logging.getLogger(__name__)

_STORE_KEY = "commands"


async def sync_commands(tree: app_commands.CommandTree[Any], store: Store) -> dict[str, int]:
    """Sync unless Discord still lists the commands of the last sync and the tree is unchanged.

    Returns command ids by name. A failure is logged, not raised: mentions and the commands of the
    last sync still work.
    """
    registered: list[app_commands.AppCommand] = []
    try:
        with suppress(discord.HTTPException):  # an empty list leads to a sync
            registered = await tree.fetch_commands()
        last = None
        with ignore_storage_errors("which commands were synced"):
            last = await store.get_meta(_STORE_KEY)
        if await _fingerprint(tree, registered) != last:
            registered = await tree.sync()
            with ignore_storage_errors("which commands were synced"):
                await store.set_meta(_STORE_KEY, await _fingerprint(tree, registered))
            log.info("synced the commands with Discord")
    except discord.HTTPException:
        log.exception("could not sync the commands with Discord; they stay as they were")
    return {command.name: command.id for command in registered}


async def _fingerprint(
    tree: app_commands.CommandTree[Any], registered: Sequence[app_commands.AppCommand]
) -> str:
    """Hash our tree in all its languages, together with the ids that Discord gave its commands."""
    translator = tree.translator
    payloads = [
        await command.get_translated_payload(tree, translator)
        if translator
        else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    text = json.dumps(payloads, sort_keys=True, default=str)
    ids = sorted(command.id for command in registered)
    return json.dumps([hashlib.sha256(text.encode()).hexdigest(), ids])
