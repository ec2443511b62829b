"""Sync slash commands with Discord only if they changed: it allows 200 new ones a day."""

import hashlib
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from discord import app_commands

from bot.storage.store import Store, ignore_storage_errors
from bot.ui.transport.discord_compat import SEND_ERRORS

log = logging.getLogger(__name__)

_STORE_KEY = "commands"


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The ids of Discord's commands by name; ``done`` is False if syncing must be tried again."""

    ids: dict[str, int]
    done: bool


async def sync_commands(tree: app_commands.CommandTree[Any], store: Store) -> SyncResult:
    """Sync unless Discord still lists the commands of the last sync and the tree is unchanged.

    A failure is logged, not raised: mentions and the commands of the last sync still work.
    """
    registered: list[app_commands.AppCommand] = []
    done = True
    digest = await _tree_digest(tree)
    try:
        with suppress(*SEND_ERRORS):  # an empty list leads to a sync
            registered = await tree.fetch_commands()
        last = None
        with ignore_storage_errors("which commands were synced"):
            last = await store.get_meta(_STORE_KEY)
        if _fingerprint(digest, registered) != last:
            registered = await tree.sync()
            with ignore_storage_errors("which commands were synced"):
                await store.set_meta(_STORE_KEY, _fingerprint(digest, registered))
            log.info("synced the commands with Discord")
    except SEND_ERRORS as error:
        log.warning("could not sync the commands with Discord, will try again: %r", error)
        done = False
    return SyncResult({command.name: command.id for command in registered}, done)


async def _tree_digest(tree: app_commands.CommandTree[Any]) -> str:
    """Hash our commands with their texts in all languages."""
    translator = tree.translator
    payloads = [
        await command.get_translated_payload(tree, translator)
        if translator
        else command.to_dict(tree)
        for command in tree.get_commands()
    ]
    return hashlib.sha256(json.dumps(payloads, sort_keys=True, default=str).encode()).hexdigest()


def _fingerprint(digest: str, registered: Sequence[app_commands.AppCommand]) -> str:
    """Join the digest of our commands with the ids that Discord gave them."""
    return json.dumps([digest, sorted(command.id for command in registered)])
