"""Settings, article scope and curation rights of each Discord server ("guild").

A server that the operator bound to collections sees only those. All other servers, and direct
messages, see the articles outside of bound collections. So no server sees another's articles.
"""

import asyncio
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from bot.config.settings import Settings
from bot.config.shards import ALL_SHARDS, ShardRange
from bot.questions.context import AskContext
from bot.storage.databases.interface import MAINTENANCE_SECONDS, Row
from bot.storage.errors import DatabaseError
from bot.storage.quoted_messages import withdraw_guild
from bot.storage.store import Store
from index.filters import Scope, collection, is_private, private_collection
from index.search.verdict import Strictness

log = logging.getLogger(__name__)

_SELECT = "SELECT settings FROM servers WHERE guild_id = ?"
_SAVE = (
    "INSERT INTO servers (guild_id, settings) VALUES (?, ?)"
    " ON CONFLICT (guild_id) DO UPDATE SET settings = excluded.settings"
)

LEFT_GUILD_RETENTION_SECONDS = 7 * 24 * 3600  # after the bot was removed from a server
SETTINGS_CHANNEL = "quoth_settings"  # of notices that a server's settings changed; its id
OTHER_CHANNELS = 0  # in place of a channel's id


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """Settings that curators choose. Empty ``channels`` means all, empty ``forums`` none.

    ``threads`` answers in a thread of its own. ``mark_changed_quotes`` marks quotations in the
    channels that no longer stand in their articles. ``collections`` maps a channel to the
    collections that answer there, and OTHER_CHANNELS to those of all other channels.
    ``helper_role`` and ``helper_channel`` get the questions for people, ``report_channel`` the
    reports about followed sources; one at most of each.
    """

    channels: tuple[int, ...] = ()
    forums: tuple[int, ...] = ()
    private: bool = False
    strictness: Strictness = Strictness.BALANCED
    quotes: int = 5
    retention_days: int = 30
    cooldown_seconds: int = 0
    tell_answered: bool = False
    threads: bool = False
    mark_changed_quotes: bool = True
    curator_roles: tuple[int, ...] = ()
    helper_role: tuple[int, ...] = ()
    helper_channel: tuple[int, ...] = ()
    report_channel: tuple[int, ...] = ()
    collections: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def has_helpers(self) -> bool:
        """True if members can hand a question to people."""
        return bool(self.helper_role or self.helper_channel)

    def collections_in(self, place: Sequence[int]) -> tuple[str, ...]:
        """Return the collections chosen for a channel, or for the channel of a thread.

        Without a choice all collections answer, and the result is empty.
        """
        chosen = (self.collections.get(channel) for channel in (*place, OTHER_CHANNELS))
        return next(filter(None, chosen), ())


def answers_in(chosen: tuple[int, ...], channel: Any) -> bool:
    """Return whether a channel, or the channel of a thread, is chosen; without any, all are."""
    return not chosen or not {channel.id, getattr(channel, "parent_id", None)}.isdisjoint(chosen)


class GuildStore:
    """Settings of every server from the store; scopes and rights as the operator set them.

    ``shards`` are those whose servers this process serves.
    """

    def __init__(
        self,
        store: Store,
        bindings: Mapping[int, tuple[str, ...]] | None = None,
        curators: tuple[int, ...] = (),
        default: GuildSettings | None = None,
        shards: ShardRange = ALL_SHARDS,
    ) -> None:
        self._store = store
        self._bindings = dict(bindings or {})
        self._bound = tuple(sorted({name for names in self._bindings.values() for name in names}))
        self._curators = curators
        self._default = default or GuildSettings()
        self.shards = shards
        self.withdrawn: frozenset[str] = frozenset()  # paths of messages, which nobody may see
        self._cache: dict[int, GuildSettings] = {}
        self._forgotten = 0  # how often, so that nothing older is cached afterwards
        self._load_lock = asyncio.Lock()
        self._update_lock = asyncio.Lock()

    @classmethod
    def from_settings(cls, store: Store, settings: Settings) -> "GuildStore":
        """Create from the operator's settings."""
        default = GuildSettings(quotes=settings.quotes, strictness=Strictness(settings.strictness))
        shards = settings.shards or ALL_SHARDS
        return cls(store, settings.collections, settings.curators, default, shards)

    async def get(self, guild: int | None) -> GuildSettings:
        """Return a server's settings, or the defaults for direct messages.

        The defaults apply, too, while the settings cannot be read.
        """
        if guild is None:
            return self._default
        try:
            return await self._load(guild)
        except DatabaseError as error:
            log.error("cannot read a server's settings (%s); run `quoth doctor`", error)
            return self._default

    async def _load(self, guild: int) -> GuildSettings:
        if (cached := self._cache.get(guild)) is not None:
            return cached
        async with self._load_lock:  # many questions may come at once
            return self._cache.get(guild) or await self._read(guild)

    async def _read(self, guild: int) -> GuildSettings:
        forgotten = self._forgotten
        loaded = self._parse(await self._store.fetch_one(_SELECT, (guild,)))
        # An update in the meantime wins, here or in another process.
        return self._cache.setdefault(guild, loaded) if forgotten == self._forgotten else loaded

    def _parse(self, row: Row | None) -> GuildSettings:
        return _parse(row[0], self._default) if row else self._default

    def forget_cached(self, guild: int | None = None) -> None:
        """Read a server's settings again, or all: another process may have changed them."""
        self._forgotten += 1
        if guild is None:
            self._cache.clear()
        else:
            self._cache.pop(guild, None)

    async def update(self, guild: int, **values: Any) -> GuildSettings:
        """Save new values of some settings, and return all settings."""
        async with self._update_lock:  # a concurrent update must see this one's values
            async with self._store.transaction(f"settings {guild}") as transaction:
                rows = await transaction.fetch_all(_SELECT, (guild,))
                updated = replace(self._parse(next(iter(rows), None)), **values)
                await transaction.execute(_SAVE, (guild, json.dumps(self._overrides(updated))))
                await transaction.notify(SETTINGS_CHANNEL, str(guild))
            self.forget_cached(guild)
            self._cache[guild] = updated
        return updated

    def _overrides(self, settings: GuildSettings) -> dict[str, Any]:
        values = asdict(settings).items()
        return {name: value for name, value in values if value != getattr(self._default, name)}

    async def customized(self) -> dict[int, GuildSettings]:
        """Return the settings of every server whose curators changed some."""
        rows = await self._store.fetch_all("SELECT settings, guild_id FROM servers")
        return {int(row[1]): self._parse(row) for row in rows}

    def can_see(self, guild: int | None, path: str) -> bool:
        """Return whether a server may see a path in the seeds, whether an article or not."""
        return self.can_see_collection(guild, collection(path.lstrip("'\"")))

    def can_see_collection(self, guild: int | None, name: str | None) -> bool:
        """Return whether a server may see a collection, or for None what is outside of them."""
        own = self.collections(guild)
        if is_private(name):
            return name in {*own, *_private_collections(guild)}
        return name in own if own else name not in self._bound

    async def scope_in(self, context: AskContext) -> Scope:
        """Return the articles that answer in a channel; curators choose their collections.

        The operator's bindings come first: what remains of a choice that they exclude is ignored.
        """
        scope = self.scope(context.guild)
        chosen = (await self.get(context.guild)).collections_in(context.place)
        guild = context.guild
        visible = tuple(name for name in chosen if self.can_see_collection(guild, name or None))
        return replace(scope, collections=visible) if visible else scope

    def scope(self, guild: int | None) -> Scope:
        """Return the articles that may be quoted in a server or a direct message."""
        own, private = self.collections(guild), _private_collections(guild)
        return Scope(
            collections=(*own, *private) if own else (),
            excluded_collections=() if own else self._bound,
            private_collections=private,
            excluded_articles=self.withdrawn,
        )

    def collections(self, guild: int | None) -> tuple[str, ...]:
        """Return the collections that a server is bound to; empty for direct messages."""
        return self._bindings.get(guild, ()) if guild is not None else ()

    @property
    def has_bindings(self) -> bool:
        """True if some server has articles of its own."""
        return bool(self._bindings)

    def may_change(self, guild: int, guild_count: int | None) -> bool:
        """Return whether a server's curators may change the articles that it sees.

        ``guild_count`` is the number of servers that the bot is in; None if other shards have
        servers that this process does not see.
        """
        return bool(self.collections(guild)) or self.may_change_shared(guild, guild_count)

    def may_change_shared(self, guild: int, guild_count: int | None) -> bool:
        """Return whether a server's curators may change unbound articles and the whole index.

        Anybody can invite a public bot and manage the server they invite it to. So once the bot
        is in several servers, the operator must name those that may.
        """
        return guild in self._curators if self._curators else guild_count == 1

    async def sync_guilds(self, guilds: set[int], shards: ShardRange = ALL_SHARDS) -> None:
        """Mark each stored server of some shards as left or joined, given those the bot is in.

        Servers of other shards are not in the cache of the client that asks.
        """
        tables = await self._store.tables_with("guild_id")
        selects = [f'SELECT guild_id FROM "{table}"' for table in tables]  # noqa: S608 - names from the store's own schema
        rows = await self._store.fetch_all(
            " UNION ".join(selects), timeout_seconds=MAINTENANCE_SECONDS
        )
        stored = {int(row[0]) for row in rows if row[0] is not None and shards.serves(int(row[0]))}
        for guild in stored - guilds:
            await self.mark_left(guild)
        for guild in stored & guilds:
            await self.mark_joined(guild)

    async def mark_left(self, guild: int) -> None:
        """Mark a server as left; its data is deleted after LEFT_GUILD_RETENTION_SECONDS."""
        await self._store.execute(
            "INSERT INTO servers (guild_id, settings, left_at) VALUES (?, '{}', ?)"
            " ON CONFLICT (guild_id) DO UPDATE"
            " SET left_at = coalesce(servers.left_at, excluded.left_at)",
            (guild, int(time.time())),
        )

    async def mark_joined(self, guild: int) -> None:
        """Mark a server as joined, so that its data is not deleted."""
        sql = "UPDATE servers SET left_at = NULL WHERE guild_id = ?"
        await self._store.execute(sql, (guild,))

    async def purge_left_guilds(self) -> None:
        """Delete the data of servers that the bot left LEFT_GUILD_RETENTION_SECONDS ago.

        The files of their messages are deleted by the next QuotedMessages.sweep().
        """
        sql = "SELECT guild_id FROM servers WHERE left_at < ?"
        left_before = time.time() - LEFT_GUILD_RETENTION_SECONDS
        for (guild,) in await self._store.fetch_all(sql, (left_before,)):
            await self.delete(int(guild))

    async def delete(self, guild: int) -> None:
        """Delete a server's rows in every table that has a column ``guild_id``."""
        await withdraw_guild(self._store, guild)
        tables = await self._store.tables_with("guild_id")
        async with self._store.transaction(timeout_seconds=MAINTENANCE_SECONDS) as transaction:
            for table in tables:
                await transaction.execute(f'DELETE FROM "{table}" WHERE guild_id = ?', (guild,))  # noqa: S608 - names from the store's own schema
            await transaction.notify(SETTINGS_CHANNEL, str(guild))
        self.forget_cached(guild)
        log.info("deleted all data of server %d", guild)


def _private_collections(guild: int | None) -> tuple[str, ...]:
    return () if guild is None else (private_collection(guild),)


def _parse(stored: str, default: GuildSettings) -> GuildSettings:
    """Parse stored settings, ignoring those that only another version knows."""
    try:
        values = {**asdict(default), **json.loads(stored)}
        return TypeAdapter(GuildSettings).validate_python(values)
    except (ValueError, TypeError):
        log.exception("cannot read a server's settings; using the defaults")
        return default
