"""The bot as a process: health over HTTP, logging in again, leaving."""

import asyncio
import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.app import run as running
from bot.app.client import QuothBot
from bot.app.health import serving
from bot.config.metrics import Metrics
from bot.text.messages import ENGLISH
from bot.ui.error_handling import finished
from index.errors import QuothError, SettingsError
from index.store import snapshot
from tests.support.discord_fakes import Shelf, World, make_client, text

QUESTION = "Is black tea fermented for hours?"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def get(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


async def test_health_is_told_over_http() -> None:
    port, why = free_port(), ["not connected to Discord"]
    async with serving(port, Metrics(), lambda: why[0]):
        assert await get(port, "/healthz") == (200, "alive\n")
        assert await get(port, "/readyz") == (503, "not connected to Discord\n")
        why[0] = ""
        assert await get(port, "/readyz") == (200, "ready\n")
        assert (await get(port, "/other"))[0] == 404
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(port, "/healthz")


async def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match=r"\(Address already in use\): choose another"):
            async with serving(taken.getsockname()[1], Metrics(), lambda: ""):
                pass


async def test_questions_are_counted_by_verdict_and_timed(world: World) -> None:
    await world.ask(QUESTION)
    await world.ask("zebra")
    metrics = client_of(world).answers.metrics
    metrics.watch("quoth_queue", "Waiting.", lambda: client_of(world).answers.waiting)
    told = metrics.text().decode().splitlines()
    assert 'quoth_questions_total{verdict="answered"} 1.0' in told
    assert 'quoth_questions_total{verdict="nothing"} 1.0' in told
    assert "quoth_question_seconds_count 2.0" in told
    assert "quoth_queue 0.0" in told


class Door:
    """A client whose login ends as it is told, time after time."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)
        self.http = self
        self.closed = False

    async def close(self) -> None:
        self.closed = True

    async def start(self, token: str) -> None:
        assert token == "a token"  # noqa: S105 - none
        if error := self.ends.pop(0):
            raise error


def refused(status: int) -> discord.HTTPException:
    response = cast(Any, type("Response", (), {"status": status, "reason": "no"})())
    return discord.HTTPException(response, "no")


def gateway_closed(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(cast(Any, None), shard_id=None, code=code)


async def test_logging_in_is_tried_again_until_discord_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running, "_FIRST_WAIT_SECONDS", 0.0)
    door = Door(aiohttp.ClientError("no route"), refused(503), refused(429), TimeoutError(), None)
    await running.be_on(cast(QuothBot, door), "a token")
    assert door.ends == []
    assert caplog.text.count("Discord cannot be reached") == 4


@pytest.mark.parametrize("status", [400, 403])
async def test_what_will_not_pass_is_not_tried_again(status: int) -> None:
    with pytest.raises(
        QuothError, match=rf"refuses the bot \({status} no.*developers/applications"
    ):
        await running.be_on(cast(QuothBot, Door(refused(status))), "a token")


async def test_a_refused_token_is_one_clear_line() -> None:
    door = Door(discord.LoginFailure("Improper token"))
    with pytest.raises(running.LoginRefused, match="copy it anew"):
        await running.be_on(cast(QuothBot, door), "a token")
    assert door.closed


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (gateway_closed(4004), "copy it anew"),  # the token was reset while the bot ran
        (gateway_closed(4011), "does not let the bot stay: .* closed with 4011"),
        (discord.PrivilegedIntentsRequired(None), "does not let the bot stay: .* privileged"),
    ],
)
async def test_a_gateway_that_wants_the_bot_no_more_is_one_clear_line(
    end: Exception, said: str
) -> None:
    with pytest.raises(running.LoginRefused, match=said):
        await running.be_on(cast(QuothBot, Door(end)), "a token")


async def test_a_client_that_never_logged_in_can_be_started_by_another(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Instead(Exception):
        pass

    async def start(*_: object) -> None:
        raise Instead

    monkeypatch.setattr(discord.Client, "start", start)
    client = make_client(shelf, tmp_path / "s")
    with pytest.raises(Instead):
        await running.live(client, "a token", asyncio.Event())
    assert not client.is_closed()


async def test_leaving_finishes_what_is_in_hand_and_takes_nothing_new(world: World) -> None:
    gate = threading.Event()
    world.shelf.searcher.gate = gate
    await say(world, world.alice)
    client_of(world).answers.close_door()
    await say(world, world.bob)
    assert client_of(world).answers.leaving
    assert not await finished(0.05)  # the first one is still being answered
    gate.set()
    assert await finished(5)
    await world.env.settle()
    told = [text(one) for one in world.channel.history() if one.author.bot]
    assert ENGLISH.leaving in told
    assert sum("Black tea is fermented" in one for one in told) == 1


async def say(world: World, member: Any) -> None:
    """Mention the bot with a question, and go on while it answers."""
    content = f"<@{world.env.bot.user.id}> {QUESTION}"  # type: ignore[union-attr]
    world.env.backend.create_message(world.channel.id, member.id, content)
    await asyncio.sleep(0.1)


def test_a_process_that_reaches_no_discord_says_so_and_leaves_when_told(
    index: Path, tmp_path: Path
) -> None:
    port = free_port()
    environment = os.environ | {
        "DISCORD_TOKEN": "MTIz.abc.def",
        "QUOTH_HEALTH_PORT": str(port),
        "QUOTH_INDEX": str(index),
        "QUOTH_STORE": str(tmp_path / "store.sqlite3"),
        "https_proxy": "http://127.0.0.1:9",  # nobody answers there, wherever this runs
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _OFFLINE],
        env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert status(port, "/readyz", 30) == 503
        assert process.stderr is not None
        lines = (json.loads(line) for line in process.stderr)
        assert any("Discord cannot be reached" in line["message"] for line in lines)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - started < 10
    finally:
        process.kill()
        process.communicate()


# Discord's address leads nowhere, so that the test never leaves this machine.
_OFFLINE = """
import discord.http
discord.http.Route.BASE = "http://127.0.0.1:9/api/v10"
from bot.cli.app import main
main(["run"])
"""


def status(port: int, path: str, seconds: float) -> int:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_a_snapshots_name_says_when_it_was_made() -> None:
    assert time.time() - snapshot.made(snapshot.new_name()) == pytest.approx(0, abs=5)
    assert math.isnan(snapshot.made("one"))


def client_of(world: World) -> QuothBot:
    return cast(QuothBot, world.env.bot)
