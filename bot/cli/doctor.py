"""``quoth doctor``: what an operator would look at first, each failure with its fix."""

import base64
import binascii
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp

from bot.config.settings import Settings
from index.embed.sentence_transformers import encoder_identity
from index.errors import IndexMissing, QuothError, SnapshotError
from index.store import snapshot

NEEDED = 274878024704  # view channels, send messages (threads too), embed, attach, read history
_API = "https://discord.com/api/v10"
_PATIENCE_SECONDS = 5.0
_MEGABYTE = 1_000_000
_LEAST_DISK_MEGABYTES = 300
_LEAST_MEMORY_MEGABYTES = 300
_MOST_DRIFT_SECONDS = 60.0
_PYTHONS = ((3, 11), (3, 14))
_LIBRARIES = ("quoth", "discord.py", "faiss-cpu", "onnxruntime", "tantivy", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class Check:
    """What was found. ``ok`` is None for what could not be looked at; ``fix`` goes with False."""

    name: str
    ok: bool | None
    found: str
    fix: str = ""


def local(settings: Settings) -> Iterator[Check]:
    """All that can be seen without Discord."""
    looks: tuple[Callable[[Settings], Check], ...] = (
        _python, _token, _model, _seeds, _snapshot, _index_folder, _store, _disk, _memory, _clock,
    )  # fmt: skip
    for look in looks:
        try:
            yield look(settings)
        except QuothError as error:
            yield Check(look.__name__.strip("_"), False, str(error))  # ours say what to do
        except OSError as error:
            fix = "look at the disk and at who may read there"
            yield Check(look.__name__.strip("_"), False, str(error), fix)


async def online(settings: Settings) -> list[Check]:
    """What Discord says of the token, the servers and the time."""
    if settings.discord_token is None or _token(settings).ok is False:
        return [Check("Discord", None, "not asked: there is no usable token")]
    headers = {"Authorization": f"Bot {settings.discord_token.get_secret_value()}"}
    timeout = aiohttp.ClientTimeout(total=_PATIENCE_SECONDS)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            return [check async for check in _asked(session)]
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        reason = str(error) or type(error).__name__
        return [Check("Discord", None, f"not reached from here ({reason})")]


async def _asked(session: aiohttp.ClientSession) -> Any:
    async with session.get(f"{_API}/users/@me") as response:
        yield _drift(response.headers.get("Date"))
        if response.status == 401:
            yield Check(
                "Discord", False, "it does not take the token",
                'reset it on the page "Bot" of the application and put it into .env',
            )  # fmt: skip
            return
        response.raise_for_status()
        yield Check("Discord", True, f"logs in as {(await response.json())['username']}")
    async with session.get(f"{_API}/users/@me/guilds") as response:
        response.raise_for_status()
        yield permissions(await response.json())


def permissions(guilds: list[dict[str, Any]]) -> Check:
    """Whether the bot may do in each server what it needs, as Discord lists its servers."""
    if not guilds:
        fix = "invite it: `quoth run` without a token shows the link"
        return Check("servers", False, "the bot is in no server", fix)
    lacking = [guild["name"] for guild in guilds if not _may(int(guild["permissions"]))]
    if lacking:
        fix = f"give its role there the permissions of the number {NEEDED}"
        return Check("servers", False, f"permissions lack in {', '.join(lacking)}", fix)
    return Check("servers", True, f"{len(guilds)}, with the permissions it needs")


def _may(granted: int) -> bool:
    administrator = 1 << 3
    return bool(granted & administrator) or granted & NEEDED == NEEDED


def _drift(date: str | None) -> Check:
    if date is None:
        return Check("time", None, "Discord did not say what time it is")
    drift = abs(time.time() - parsedate_to_datetime(date).timestamp())
    if drift > _MOST_DRIFT_SECONDS:
        return Check("time", False, f"off by {drift:.0f} s", "turn on time synchronisation (NTP)")
    return Check("time", True, "agrees with Discord's")


def _python(_: Settings) -> Check:
    found = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    first, after = _PYTHONS
    fits = first <= sys.version_info[:2] < after
    fix = "" if fits else "use Python 3.11, 3.12 or 3.13"
    return Check("versions", fits, f"Python {sys.version.split()[0]}, {found}", fix)


def _token(settings: Settings) -> Check:
    if settings.discord_token is None:
        fix = "`quoth run` says where to get one; the terminal commands work without"
        return Check("token", False, "there is none", fix)
    parts = settings.discord_token.get_secret_value().split(".")
    try:
        application = int(base64.b64decode(parts[0] + "==", validate=True))
    except (binascii.Error, ValueError):
        application = 0
    if len(parts) != 3 or not application:
        fix = 'copy it anew from the page "Bot"; client secret and public key are no tokens'
        return Check("token", False, f"has {len(parts)} parts, wanted three with dots between", fix)
    return Check("token", True, f"has the shape of one, for application {application}")


def _model(settings: Settings) -> Check:
    return Check("model", True, encoder_identity(settings.encoder, settings.device))


def _seeds(settings: Settings) -> Check:
    if not settings.seeds.is_dir():
        fix = "make it and put articles in, or set QUOTH_SEEDS"
        return Check("seeds", False, f"{settings.seeds} is no folder", fix)
    count = sum(1 for path in settings.seeds.rglob("*") if path.is_file())
    fix = "" if count else "put articles in (`quoth add`)"
    return Check("seeds", count > 0, f"{count} files in {settings.seeds}", fix)


def _snapshot(settings: Settings) -> Check:
    wanted = snapshot.current(settings.index)
    try:
        with snapshot.open_current(settings.index) as opened:
            name, counts = opened.manifest.name, opened.manifest.counts
    except (IndexMissing, SnapshotError) as error:
        return Check("snapshot", False, str(error))  # it names the command
    if name != wanted:
        found = f"{wanted} is damaged; {name}, the one before, serves"
        return Check("snapshot", False, found, "quoth build")
    made = datetime.fromtimestamp(snapshot.made(name), UTC)
    told = f"{counts.articles} articles, {counts.passages} passages, of {made:%Y-%m-%d %H:%M} UTC"
    return Check("snapshot", True, told)


def _index_folder(settings: Settings) -> Check:
    return _writable("index", settings.index, "rebuilds")


def _store(settings: Settings) -> Check:
    folder = _writable("store", settings.store.parent, "settings, votes and open questions")
    if not folder.ok or not settings.store.exists():
        return folder
    try:
        with closing(sqlite3.connect(settings.store, timeout=_PATIENCE_SECONDS)) as store:
            said = store.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        said = str(error)
    whole = said == "ok"
    fix = "" if whole else "stop the bot and put a backup in its place (docs/operating.md)"
    return Check("store", whole, f"{settings.store}: {'whole' if whole else said}", fix)


def _writable(name: str, folder: Path, what: str) -> Check:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Check(name, True, f"{folder} can be written to")
    except OSError as error:
        found = f"{existing} cannot be written to ({error.strerror})"
        return Check(name, False, found, f"give this user the right to; {what} go there")


def _disk(settings: Settings) -> Check:
    existing = next(
        path for path in (settings.index, *settings.index.absolute().parents) if path.exists()
    )
    used = sum(path.stat().st_size for path in settings.index.rglob("*") if path.is_file())
    free = shutil.disk_usage(existing).free // _MEGABYTE
    wanted = max(_LEAST_DISK_MEGABYTES, used // _MEGABYTE)  # a build stands beside what is there
    fix = "" if free >= wanted else "make room: a build needs as much as the index has"
    return Check("disk", free >= wanted, f"{free} MB free, wanted {wanted}", fix)


def _memory(_: Settings) -> Check:
    try:
        lines = Path("/proc/meminfo").read_text("utf-8").splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration):
        return Check("memory", None, "this system does not say")
    free = kilobytes // 1000
    fits = free >= _LEAST_MEMORY_MEGABYTES
    fix = "" if fits else "the bot needs 220 MB, a first build 1.3 GB (swap will do)"
    return Check("memory", fits, f"{free} MB available", fix)


def _clock(settings: Settings) -> Check:
    newest = max(map(snapshot.made, snapshot.names(settings.index)), default=0.0)
    if newest > time.time() + _MOST_DRIFT_SECONDS:
        found = "the newest snapshot was made in the future"
        return Check("clock", False, found, "set the clock, then `quoth build`")
    return Check("clock", True, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
