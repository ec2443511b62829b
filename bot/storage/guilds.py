"""Each server's own: what its curators chose, which articles it sees, who may change them.

A server that the operator bound to collections sees those alone; every other server, and direct
messages, see what lies in no bound collection. So one server never sees what is another's.
"""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bot.config.settings import Settings
from bot.storage.database import Store
from index.filters import Scope, collection
from index.search.verdict import Strictness

log = logging.getLogger(__name__)

STAY_SECONDS = 7 * 24 * 3600  # what is kept of a server after the bot was removed from it


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What curators choose. No ``channels`` means all of them, no ``forums`` none."""

    channels: tuple[int, ...] = ()
    forums: tuple[int, ...] = ()
    private: bool = False
    strictness: Strictness = Strictness.BALANCED
    quotes: int = 3
    retention_days: int = 30
    cooldown_seconds: int = 0
    tell_answered: bool = False


def answers_in(settings: GuildSettings, channel: Any) -> bool:
    """Whether the bot answers mentions in a channel, or in a thread of one."""
    here = {channel.id, getattr(channel, "parent_id", None)}
    return not settings.channels or not here.isdisjoint(settings.channels)


class GuildStore:
    """Settings of every server, in the store; scopes and rights as the operator bound them."""

    def __init__(
        self,
        store: Store,
        bindings: Mapping[int, tuple[str, ...]] | None = None,
        curators: tuple[int, ...] = (),
        default: GuildSettings | None = None,
    ) -> None:
        self._store = store
        self._bindings = dict(bindings or {})
        self._closed = tuple(sorted({name for names in self._bindings.values() for name in names}))
        self._curators = curators
        self._default = default or GuildSettings()
        self._known: dict[int, GuildSettings] = {}
        self._changing = asyncio.Lock()

    @classmethod
    def of_settings(cls, store: Store, settings: Settings) -> "GuildStore":
        """As the operator set it in the environment."""
        default = GuildSettings(quotes=settings.quotes, strictness=Strictness(settings.strictness))
        return cls(store, settings.collections, settings.curators, default)

    async def of(self, guild: int | None) -> GuildSettings:
        """What this server chose, or the defaults, which direct messages have too."""
        if guild is None:
            return self._default
        if guild not in self._known:
            sql = "SELECT settings FROM servers WHERE guild_id = ?"
            row = await self._store.row(sql, (guild,))
            read = _read(row[0], self._default) if row else self._default
            self._known.setdefault(guild, read)  # what was chosen meanwhile is newer
        return self._known[guild]

    async def change(self, guild: int, **values: Any) -> GuildSettings:
        """Keep new values of some settings; all of them as they are now."""
        async with self._changing:  # two lists at once: the second must know what the first chose
            changed = replace(await self.of(guild), **values)
            await self._store.write(
                "INSERT INTO servers (guild_id, settings) VALUES (?, ?)"
                " ON CONFLICT (guild_id) DO UPDATE SET settings = excluded.settings",
                (guild, json.dumps(self._chosen(changed))),
            )
            self._known[guild] = changed
        return changed

    def _chosen(self, settings: GuildSettings) -> dict[str, Any]:
        """What is other than the operator set it."""
        return {
            name: value
            for name, value in asdict(settings).items()
            if value != getattr(self._default, name)
        }

    async def chosen(self) -> dict[int, GuildSettings]:
        """The servers whose curators chose something, with all of their settings."""
        rows = await self._store.rows("SELECT guild_id FROM servers")
        return {int(row[0]): await self.of(int(row[0])) for row in rows}

    def sees(self, guild: int | None, path: str) -> bool:
        """Whether what is at ``path`` in the seeds, an article or not, is for this server."""
        bound, found = self.collections(guild), collection(path.lstrip("'\""))
        return found in bound if bound else found not in self._closed

    def scope(self, guild: int | None) -> Scope:
        """Which articles this server, or a direct message, may be quoted from."""
        bound = self.collections(guild)
        return Scope(collections=bound) if bound else Scope(closed=self._closed)

    def collections(self, guild: int | None) -> tuple[str, ...]:
        """The collections this server is bound to; () for none."""
        return self._bindings.get(guild, ()) if guild is not None else ()

    @property
    def divided(self) -> bool:
        """Whether some server has articles of its own."""
        return bool(self._bindings)

    def may_change(self, guild: int, among: int) -> bool:
        """Whether its curators may change the articles it sees; the bot is in ``among`` servers."""
        return bool(self.collections(guild)) or self.may_change_shared(guild, among)

    def may_change_shared(self, guild: int, among: int) -> bool:
        """Whether its curators may change what all unbound servers see, and the index as a whole.

        Anybody can invite a public bot and manage the server they invite it to; so with several
        servers the operator names those that may.
        """
        return guild in self._curators if self._curators else among == 1

    async def seen(self, guilds: set[int]) -> None:
        """These are the servers the bot is in: note since when it is no longer in others."""
        known = {int(row[0]) for row in await self._store.rows(await self._guilds_sql())}
        for guild in known - guilds:
            await self.left(guild)
        for guild in known & guilds:
            await self.joined(guild)

    async def left(self, guild: int) -> None:
        """The bot was removed; what is kept of the server goes after ``STAY_SECONDS``."""
        await self._store.write(
            "INSERT INTO servers (guild_id, settings, left_at) VALUES (?, '{}', ?)"
            " ON CONFLICT (guild_id) DO UPDATE SET left_at = coalesce(left_at, excluded.left_at)",
            (guild, int(time.time())),
        )

    async def joined(self, guild: int) -> None:
        """The bot is in the server (again): nothing of it is to be deleted."""
        await self._store.write("UPDATE servers SET left_at = NULL WHERE guild_id = ?", (guild,))

    async def purge(self, after_seconds: float = STAY_SECONDS) -> None:
        """Delete all that is kept of servers which the bot left long enough ago."""
        sql = "SELECT guild_id FROM servers WHERE left_at < ?"
        for (guild,) in await self._store.rows(sql, (time.time() - after_seconds,)):
            await self.forget(int(guild))

    async def forget(self, guild: int) -> None:
        """Delete all that is kept of a server, in every table that says whose it is."""
        tables = await self._tables()
        async with self._store.writing() as connection:
            for table in tables:
                await connection.execute(f'DELETE FROM "{table}" WHERE guild_id = ?', (guild,))  # noqa: S608 - names from the file's own schema
        self._known.pop(guild, None)
        log.info("deleted what was kept of server %d", guild)

    async def _tables(self) -> list[str]:
        rows = await self._store.rows(
            "SELECT DISTINCT t.name FROM sqlite_master t, pragma_table_info(t.name) c"
            " WHERE t.type = 'table' AND c.name = 'guild_id' ORDER BY t.name"
        )
        return [str(row[0]) for row in rows]

    async def _guilds_sql(self) -> str:
        each = (f'SELECT guild_id FROM "{table}"' for table in await self._tables())  # noqa: S608 - as above
        return f"SELECT DISTINCT guild_id FROM ({' UNION '.join(each)}) WHERE guild_id IS NOT NULL"  # noqa: S608 - as above


def _read(stored: str, default: GuildSettings) -> GuildSettings:
    """Settings as stored; what another version left that is no setting here is passed over."""
    try:
        values = json.loads(stored)
        known = {field.name for field in fields(GuildSettings)}
        chosen = {name: _value(name, values[name]) for name in known & values.keys()}
        return replace(default, **chosen)
    except (ValueError, TypeError, AttributeError):
        log.exception("a server's settings cannot be read; it has the defaults")
        return default


def _value(name: str, value: Any) -> Any:
    if name in {"channels", "forums"}:
        return tuple(map(int, value))
    return Strictness(value) if name == "strictness" else value
