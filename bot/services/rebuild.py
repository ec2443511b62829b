"""Rebuilding the index in a process of its own, one at a time, cancellable, told step by step."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.config.settings import Settings
from index.errors import QuothError

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 6.0  # for a build that was asked to stop
_LONGEST_LINE = 64 * 1024 * 1024  # bytes; the last one lists every article that changed


@dataclass(frozen=True, slots=True)
class RebuildStep:
    """What a build is doing: ``done`` of ``total``."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """What a build did. ``published`` is False when nothing had changed."""

    name: str
    published: bool
    articles: int
    passages: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0


OnProgress = Callable[[RebuildStep], Awaitable[None]]
Build = Callable[[OnProgress], Awaitable[RebuildResult]]


class RebuildFailed(QuothError):
    """The build did not come to its end; the index in service is as it was."""


class RebuildStopped(QuothError):
    """Somebody cancelled it."""


class Rebuilder:
    """One rebuild at a time, over all servers. ``build`` does it; see ``build_process``."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._turn = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[RebuildResult]] = {}  # under way or waiting
        self._stopped: set[str] = set()

    @property
    def busy(self) -> bool:
        """Whether one is under way or about to be."""
        return bool(self._tasks)

    def expect(self) -> str:
        """A name for the rebuild that is about to be asked for; its Cancel button has it."""
        return secrets.token_hex(4)

    async def rebuild(self, run: str, hear: OnProgress) -> RebuildResult:
        """Rebuild, after the one that is under way. Raises RebuildFailed, RebuildStopped."""
        task = self._tasks[run] = asyncio.ensure_future(self._in_turn(hear))
        try:
            return await task
        except asyncio.CancelledError:
            if run not in self._stopped:
                raise
            raise RebuildStopped from None
        finally:
            task.cancel()
            del self._tasks[run]
            self._stopped.discard(run)

    def cancel(self, run: str) -> bool:
        """Stop that rebuild, or its waiting; False when it is over."""
        if run not in self._tasks:
            return False
        if run not in self._stopped:  # again would break off what it does to end its process
            self._stopped.add(run)
            self._tasks[run].cancel()
        return True

    async def close(self) -> None:
        """Stop the one under way and those that wait, and wait until all has ended."""
        tasks = list(self._tasks.values())
        for run in list(self._tasks):
            self.cancel(run)
        if tasks:
            await asyncio.wait(tasks)

    async def _in_turn(self, hear: OnProgress) -> RebuildResult:
        async with self._turn:
            return await self._build(hear)


def build_command(settings: Settings) -> list[str]:
    """``quoth build`` on the bot's own folders, as a process is started with."""
    return [
        *(sys.executable, "-m", "bot.cli", "build"),
        *("--seeds", str(settings.seeds), "--index", str(settings.index)),
        *(("--encoder", settings.encoder) if settings.encoder else ()),
    ]


def without_token() -> dict[str, str]:
    """The environment of a process that does not get the bot's token."""
    return {name: value for name, value in os.environ.items() if name != "DISCORD_TOKEN"}


def build_process(settings: Settings) -> Build:
    """A ``Build`` that runs ``quoth build`` on the bot's own folders."""
    command = [*build_command(settings), "--progress-json"]

    async def build(hear: OnProgress) -> RebuildResult:
        async with _process(command) as process:
            return await _listen(process, hear)

    return build


@asynccontextmanager
async def _process(command: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, which never outlives the ``with``."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=without_token(),
        limit=_LONGEST_LINE,
    )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """As Ctrl-C would, so that it tidies up; by force when it does not listen."""
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
    finally:  # also where the bot itself ends now
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _listen(process: asyncio.subprocess.Process, hear: OnProgress) -> RebuildResult:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    async for line in process.stdout:
        told = _parsed(line)
        if "step" in told:
            await hear(RebuildStep(told["step"], told["done"], told["total"]))
        elif "failed" in told:
            raise RebuildFailed(told["failed"])
        elif "built" in told:
            await process.wait()
            return _rebuilt(told["built"])
    code = await process.wait()
    raise RebuildFailed(f"the build ended with status {code} and without a word; see the log")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        log.debug("a build said: %r", line[:200])
        return {}
    return told


def _rebuilt(values: dict[str, Any]) -> RebuildResult:
    lists = {name: tuple(values[name]) for name in ("added", "changed", "removed")}
    skipped = tuple((str(path), str(reason)) for path, reason in values["skipped"])
    return RebuildResult(**{**values, **lists, "skipped": skipped})
