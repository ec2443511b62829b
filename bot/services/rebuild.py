"""Rebuild the index in a child process, one rebuild at a time, with progress and cancellation."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from bot.config.settings import Settings
from bot.services.coordination import Coordination, Turn
from bot.text.redact import redact
from index.backends import snapshot_store
from index.build.pipeline import BuildReport
from index.errors import BuildFailed, BuildInProgress, QuothError

log = logging.getLogger(__name__)

_INTERRUPT_SECONDS = 6.0  # between SIGINT and SIGKILL
_MAX_LINE_BYTES = 64 * 1024 * 1024  # the last line lists every changed article


@dataclass(frozen=True, slots=True)
class RebuildStep:
    """The progress of a build's current step: ``done`` of ``total``."""

    name: str
    done: int
    total: int


OnRebuildStep = Callable[[RebuildStep], Awaitable[None]]
BuildFunction = Callable[[OnRebuildStep], Awaitable[BuildReport]]


async def ignore_progress(_step: RebuildStep) -> None:
    """Do nothing: nobody waits for this build."""


class RebuildFailed(QuothError):
    """The build failed; the message may be shown in Discord."""


class RebuildStopped(QuothError):
    """The build was cancelled."""


class Rebuilder:
    """Run one rebuild at a time across all servers, with a function as ``build_in_process``.

    With ``coordination`` the processes of the bot take turns, too.
    """

    def __init__(self, build: BuildFunction, coordination: Coordination | None = None) -> None:
        self._build = build
        self._coordination = coordination
        self._lock = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[BuildReport]] = {}  # running or waiting
        self._cancelled: set[str] = set()

    @property
    def busy(self) -> bool:
        """True if a rebuild is running or waiting."""
        return bool(self._tasks)

    async def rebuild(self, rebuild_id: str, on_progress: OnRebuildStep) -> BuildReport:
        """Rebuild once earlier rebuilds are done. Raises RebuildFailed, RebuildStopped."""
        task = self._tasks[rebuild_id] = asyncio.ensure_future(self._run(on_progress))
        try:
            return await task
        except asyncio.CancelledError:
            if rebuild_id not in self._cancelled:
                raise
            raise RebuildStopped from None
        finally:
            task.cancel()
            del self._tasks[rebuild_id]
            self._cancelled.discard(rebuild_id)

    def cancel(self, rebuild_id: str) -> bool:
        """Cancel a running or waiting rebuild; False if it is over."""
        if rebuild_id not in self._tasks:
            return False
        if rebuild_id not in self._cancelled:  # a second cancel would interrupt the cleanup
            self._cancelled.add(rebuild_id)
            self._tasks[rebuild_id].cancel()
        return True

    async def close(self) -> None:
        """Cancel all rebuilds and wait until they have ended."""
        tasks = list(self._tasks.values())
        for rebuild_id in list(self._tasks):
            self.cancel(rebuild_id)
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self, on_progress: OnRebuildStep) -> BuildReport:
        coordination = self._coordination
        turn = coordination.turn(Turn.BUILD) if coordination else contextlib.nullcontext()
        async with self._lock, turn:
            return await self._build(on_progress)


def build_command(settings: Settings) -> list[str]:
    """Return the command line of ``quoth build`` for the bot's own folders."""
    return [
        *(sys.executable, "-m", "bot.cli", "build"),
        *("--seeds", str(settings.seeds), "--index", str(settings.index)),
        *(("--encoder", settings.encoder) if settings.encoder else ()),
        *(("--in-folder",) if settings.milvus is None else ()),
    ]


def refresh_command(settings: Settings, names: Sequence[str], *, due: bool) -> list[str]:
    """Return the command line of ``quoth refresh`` that stages changes for the bot."""
    options = ["--seeds", str(settings.seeds), "--stage-json", *(["--due"] if due else [])]
    return [sys.executable, "-m", "bot.cli", "refresh", *options, "--", *names]


def rollback_in(settings: Settings) -> Callable[[], str]:
    """Return a function that goes back to the previous snapshot and returns its name.

    The messages of its errors may be shown in Discord.
    """

    def rollback() -> str:
        try:
            with closing(snapshot_store(settings.index, settings.cluster)) as store:
                return store.rollback()
        except (BuildFailed, BuildInProgress) as error:
            log.warning("rollback failed: %s", error)
            raise type(error)(redact(str(error), (settings.index,))) from error

    return rollback


def environment_without_token() -> dict[str, str]:
    """Return the environment for a process that must not get the bot's token."""
    return {name: value for name, value in os.environ.items() if name != "DISCORD_TOKEN"}


def build_in_process(settings: Settings) -> BuildFunction:
    """Return a function that runs ``quoth build`` in a child process."""
    command = [*build_command(settings), "--progress-json"]

    async def build(on_progress: OnRebuildStep) -> BuildReport:
        try:
            async with _child_process(command) as process:
                return await _read_progress(process, on_progress)
        except RebuildFailed as error:
            log.warning("rebuild failed: %s", error)
            raise RebuildFailed(redact(str(error), (settings.seeds, settings.index))) from error

    return build


@asynccontextmanager
async def run_child_process(command: list[str]) -> AsyncIterator[AsyncIterator[bytes]]:
    """Run a command that never outlives the block; yield the lines that it prints."""
    async with _child_process(command) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        yield aiter(process.stdout)


@asynccontextmanager
async def _child_process(command: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process that never outlives the ``with`` block."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=environment_without_token(),
        limit=_MAX_LINE_BYTES,
    )
    try:
        yield process
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Send SIGINT, as Ctrl-C does, so that the process cleans up; kill it if it does not end."""
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _INTERRUPT_SECONDS)
    finally:  # also if the bot itself is being stopped
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _read_progress(
    process: asyncio.subprocess.Process, on_progress: OnRebuildStep
) -> BuildReport:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    async for line in process.stdout:
        event = _parse_event(line)
        if "step" in event:
            await on_progress(RebuildStep(event["step"], event["done"], event["total"]))
        elif "failed" in event:
            raise RebuildFailed(event["failed"])
        elif "built" in event:
            await process.wait()
            return TypeAdapter(BuildReport).validate_python(event["built"])
    status = await process.wait()
    raise RebuildFailed(f"the build ended with status {status} and no result; see the log")


def _parse_event(line: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        event = json.loads(line)
        if isinstance(event, dict):
            return event
    log.debug("a build printed: %r", line[:200])
    return {}
