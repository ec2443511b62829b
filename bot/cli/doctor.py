"""Checks of ``quoth doctor``: versions, token, index, disk, Discord; each failure has a fix."""

import asyncio
import base64
import binascii
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import aiohttp
from rich.text import Text

from bot.cli.output.console import make_console, plural, print_json
from bot.cli.seeds_check import compare_with_seeds
from bot.config.hints import describe_missing_folders
from bot.config.settings import Settings
from bot.config.store_location import PostgresUrl
from bot.storage.errors import DatabaseError, StoreError, import_driver
from index.backends import snapshot_store
from index.embed.sentence_transformers import encoder_identity
from index.errors import QuothError
from index.filters import ALL_ARTICLES
from index.store import snapshot
from index.store.origin import Overlap

# View channels, react, send messages (in threads, too), embed, attach files, read history.
REQUIRED_PERMISSIONS = 274878024768
_ADMINISTRATOR = 1 << 3
_API_URL = "https://discord.com/api/v10"
_TIMEOUT_SECONDS = 5.0
_MEGABYTE = 1_000_000
_MIN_DISK_MEGABYTES = 300
_MIN_MEMORY_MEGABYTES = 300
_MAX_CLOCK_DRIFT_SECONDS = 60.0
_MIN_PYTHON, _MAX_PYTHON = (3, 11), (3, 14)
_PACKAGES = ("quoth", "discord.py", "faiss-cpu", "onnxruntime", "tantivy")
_CHECK_MARKS = {True: ("ok", "green"), False: ("FAIL", "bold red"), None: ("?", "yellow")}
_MODEL_PACKAGES = ("torch", "sentence-transformers")  # the packaged model needs neither


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of a check.

    ``ok`` is None if the check could not be made; ``fix`` is set if it is False.
    """

    name: str
    ok: bool | None
    found: str
    fix: str = ""


def check_locally(settings: Settings) -> Iterator[Check]:
    """Make all checks that do not need Discord."""
    checks: dict[str, Callable[[Settings], Check]] = {
        "versions": _check_versions,
        "token": _check_token,
        "model": lambda settings: Check(
            "model", True, encoder_identity(settings.encoder, settings.device)
        ),
        "seeds": _check_seeds,
        "folders": _check_collections,
        "snapshot": _check_snapshot,
        "index": lambda settings: _check_writable("index", settings.index, "rebuilds"),
        "store": _check_store,
        "disk": _check_disk,
        "memory": _check_memory,
        "clock": _check_clock,
    }
    for name, check in checks.items():
        try:
            yield check(settings)
        except QuothError as error:
            yield Check(name, False, str(error))  # the message says what to do
        except OSError as error:
            yield Check(name, False, str(error), "check the disk and the file permissions")


async def check_discord(settings: Settings) -> list[Check]:
    """Check the token, the servers and the clock against Discord."""
    if settings.discord_token is None or _check_token(settings).ok is False:
        return [Check("Discord", None, "not checked: there is no usable token")]
    headers = {"Authorization": f"Bot {settings.discord_token.get_secret_value()}"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            return [check async for check in _query_discord(session)]
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        reason = str(error) or type(error).__name__
        return [Check("Discord", None, f"cannot be reached from here ({reason})")]


async def _query_discord(session: aiohttp.ClientSession) -> AsyncIterator[Check]:
    async with session.get(f"{_API_URL}/users/@me") as response:
        yield _check_clock_drift(response.headers.get("Date"))
        if response.status == 401:
            fix = 'reset it on the page "Bot" of the application and put it into .env'
            yield Check("Discord", False, "rejects the token", fix)
            return
        response.raise_for_status()
        yield Check("Discord", True, f"logs in as {(await response.json())['username']}")
    async with session.get(f"{_API_URL}/users/@me/guilds") as response:
        response.raise_for_status()
        yield check_permissions(await response.json())


def check_permissions(guilds: list[dict[str, Any]]) -> Check:
    """Check the bot's permissions in each server, as listed by Discord."""
    if not guilds:
        fix = "invite it: `quoth run` without a token explains how"
        return Check("servers", False, "the bot is in no server", fix)
    lacking = [
        guild["name"]
        for guild in guilds
        if not (granted := int(guild["permissions"])) & _ADMINISTRATOR
        and granted & REQUIRED_PERMISSIONS != REQUIRED_PERMISSIONS
    ]
    if lacking:
        fix = f"give the bot's role there the permissions {REQUIRED_PERMISSIONS}"
        return Check("servers", False, f"permissions are missing in {', '.join(lacking)}", fix)
    return Check("servers", True, f"{len(guilds)}, with all required permissions")


def _check_clock_drift(date: str | None) -> Check:
    if date is None:
        return Check("time", None, "Discord did not send its time")
    drift_seconds = abs(time.time() - parsedate_to_datetime(date).timestamp())
    if drift_seconds > _MAX_CLOCK_DRIFT_SECONDS:
        return Check("time", False, f"off by {drift_seconds:.0f} s", "synchronise it (NTP)")
    return Check("time", True, "agrees with Discord's")


def _check_versions(settings: Settings) -> Check:
    needs_torch = bool(settings.encoder or settings.reranker or settings.device)
    required = _PACKAGES + (_MODEL_PACKAGES if needs_torch else ())
    installed = {name: _installed_version(name) for name in (*_PACKAGES, *_MODEL_PACKAGES)}
    missing = [name for name in required if not installed[name]]
    fix = f"pip install {' '.join(missing)}" if missing else ""
    if not _MIN_PYTHON <= sys.version_info[:2] <= _MAX_PYTHON:
        fix = "use Python 3.11, 3.12, 3.13 or 3.14"
    versions = [f"Python {sys.version.split()[0]}"]
    versions += [f"{name} {number}" for name, number in installed.items() if number]
    versions += [f"{name} is missing" for name in missing]
    return Check("versions", not fix, ", ".join(versions), fix)


def _installed_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _check_token(settings: Settings) -> Check:
    if settings.discord_token is None:
        fix = "`quoth run` explains how to get one; the other commands work without it"
        return Check("token", False, "DISCORD_TOKEN is not set", fix)
    parts = settings.discord_token.get_secret_value().split(".")
    padding = "=" * (-len(parts[0]) % 4)  # Python 3.13 accepts no more than there should be
    try:
        application = int(base64.b64decode(parts[0] + padding, validate=True))
    except (binascii.Error, ValueError):
        application = 0
    if len(parts) != 3 or not application:
        fix = 'copy it again from the page "Bot"; not the client secret or the public key'
        return Check("token", False, "does not look like a bot token", fix)
    return Check("token", True, f"looks like a bot token, of application {application}")


def _check_seeds(settings: Settings) -> Check:
    if not settings.seeds.is_dir():
        fix = "create it and put articles into it, or set QUOTH_SEEDS"
        return Check("seeds", False, f"{settings.seeds} is not a folder", fix)
    if compare_with_seeds(settings) is Overlap.NONE:
        found = f"the index in {settings.index} has none of the articles in {settings.seeds}"
        return Check("seeds", False, found, "run `quoth build`, or set QUOTH_SEEDS or QUOTH_INDEX")
    count = sum(
        path.is_file() and not _is_hidden(path.relative_to(settings.seeds))
        for path in settings.seeds.rglob("*")
    )
    fix = "" if count else "put articles into it (`quoth add`)"
    return Check("seeds", count > 0, f"{plural(count, 'file')} in {settings.seeds}", fix)


def _is_hidden(path: Path) -> bool:
    """Tell whether a path is hidden, as the ledger of followed sources is."""
    return any(part.startswith(".") for part in path.parts)


def _check_collections(settings: Settings) -> Check:
    missing = describe_missing_folders(settings)
    count = len({name for names in settings.collections.values() for name in names})
    some = f"{count} of the folders in seeds are for some servers only"
    found = "; ".join(missing) or (some if count else "every server sees every folder")
    return Check("folders", not missing, found, "create them, or correct the setting")


def _check_snapshot(settings: Settings) -> Check:
    with closing(snapshot_store(settings.index, settings.cluster)) as store:
        current = store.current()
        with closing(store.open_current()) as opened:
            name, (articles, passages) = opened.name, opened.count(ALL_ARTICLES)
    if name != current:
        found = f"{current} is damaged; the previous one, {name}, is in service"
        return Check("snapshot", False, found, "quoth build")
    created = datetime.fromtimestamp(snapshot.created_at(name), UTC)
    size = f"{plural(articles, 'article')}, {plural(passages, 'passage')}"
    return Check("snapshot", True, f"{size}, built {created:%Y-%m-%d %H:%M} UTC")


def _check_store(settings: Settings) -> Check:
    settings.check_shards()
    if isinstance(settings.store, PostgresUrl):
        return _check_postgres(settings.store)
    return _check_sqlite(settings.store)


def _check_sqlite(path: Path) -> Check:
    folder = _check_writable("store", path.parent, "settings, votes and open questions")
    if not folder.ok or not path.exists():
        return folder
    try:
        with closing(sqlite3.connect(path, timeout=_TIMEOUT_SECONDS)) as store:
            result = store.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        result = str(error)
    if result == "ok":
        return Check("store", True, f"{path} is intact")
    fix = "stop the bot and restore a backup (docs/operating.md)"
    return Check("store", False, f"{path}: {result}", fix)


def _check_postgres(location: PostgresUrl) -> Check:
    try:
        with import_driver():
            from bot.storage.databases.postgres import inspect  # noqa: PLC0415 - an extra
        return Check("store", True, asyncio.run(inspect(location)))
    except (DatabaseError, StoreError) as error:
        fix = "check QUOTH_STORE, and that this database runs and accepts the bot's user"
        return Check("store", False, f"{location}: {error}", fix)


def _check_writable(name: str, folder: Path, contents: str) -> Check:
    existing = _nearest_existing(folder)
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Check(name, True, f"{folder} is writable")
    except OSError as error:
        found = f"{existing} is not writable ({error.strerror})"
        return Check(name, False, found, f"give this user write access; {contents} go there")


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _check_disk(settings: Settings) -> Check:
    free = shutil.disk_usage(_nearest_existing(settings.index)).free // _MEGABYTE
    used = sum(path.stat().st_size for path in settings.index.rglob("*") if path.is_file())
    required = max(_MIN_DISK_MEGABYTES, used // _MEGABYTE)  # a build writes a second copy
    fix = "" if free >= required else "free some space: a build needs as much as the index takes"
    return Check("disk", free >= required, f"{free} MB free, {required} MB required", fix)


def _check_memory(_: Settings) -> Check:
    try:
        lines = Path("/proc/meminfo").read_text("utf-8").splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration):
        return Check("memory", None, "this system does not report it")
    free = kilobytes // 1000
    is_enough = free >= _MIN_MEMORY_MEGABYTES
    fix = "" if is_enough else "free memory: the bot needs 220 MB, a build 400 MB"
    return Check("memory", is_enough, f"{free} MB available", fix)


def _check_clock(settings: Settings) -> Check:
    with closing(snapshot_store(settings.index, settings.cluster)) as store:
        created = [*map(snapshot.created_at, store.names())]
    if max(created, default=0.0) > time.time() + _MAX_CLOCK_DRIFT_SECONDS:
        found = "the newest snapshot was built in the future"
        return Check("clock", False, found, "set the clock, then run `quoth build`")
    return Check("clock", True, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")


def print_checks(checks: Sequence[Check], *, as_json: bool) -> None:
    """Print one line for each check, and the fix under each failed one."""
    if as_json:
        print_json([asdict(check) for check in checks])
        return
    out = make_console()
    for check in checks:
        mark, style = _CHECK_MARKS[check.ok]
        line = Text.assemble((f"{mark:<5}", style), f"{check.name:<10} {check.found}")
        out.print(line, soft_wrap=True)
        if check.fix and check.ok is False:
            out.print(Text(f"      → {check.fix}"), soft_wrap=True)
