"""Run the bot as a process: health endpoints, login retries, shutdown."""

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
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.app import run as bot_process
from bot.app.client import QuothBot
from bot.app.health import serve_health
from bot.config.metrics import Metrics
from bot.config.settings import Settings
from bot.text.messages import ENGLISH
from bot.ui.error_handling import wait_for_in_flight
from index.errors import QuothError, SettingsError
from index.store import snapshot
from tests.support.discord_fakes import FakeIndex, World, make_client
from tests.support.discord_messages import text

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


async def test_health_is_served_over_http() -> None:
    port, reasons = free_port(), ["not connected to Discord"]
    async with serve_health(port, Metrics(), lambda: reasons[0]):
        assert await get(port, "/healthz") == (200, "alive\n")
        assert await get(port, "/readyz") == (503, "not connected to Discord\n")
        reasons[0] = ""
        assert await get(port, "/readyz") == (200, "ready\n")
        assert (await get(port, "/other"))[0] == 404
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(port, "/healthz")


async def test_the_bot_serves_programs_from_its_own_index(world: World) -> None:
    settings = Settings(serve_port=free_port())
    port, body = cast(int, settings.serve_port), {"text": "Black tea is fermented for two hours."}
    async with (
        bot_process.serve_bot_index(settings, client_of(world)),
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/v1/verify", json=body) as response,
    ):
        assert (await response.json())["match"] == "near"


async def test_programs_wait_until_the_index_is_open(fake_index: FakeIndex, tmp_path: Path) -> None:
    settings = Settings(serve_port=free_port())
    client = make_client(fake_index, tmp_path / "store.sqlite3")
    async with bot_process.serve_bot_index(settings, client):
        status, reply = await get(cast(int, settings.serve_port), "/v1/sources")
    assert (status, reply) == (503, '{"error": "starting; try again in a moment"}')


async def test_nothing_is_served_without_a_port(world: World) -> None:
    assert isinstance(bot_process.serve_bot_index(Settings(), client_of(world)), nullcontext)


async def test_taken_port_is_a_settings_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match=r"\(Address already in use\): choose another"):
            async with serve_health(taken.getsockname()[1], Metrics(), lambda: ""):
                pass


async def test_questions_are_counted_by_verdict_and_timed(world: World) -> None:
    await world.ask(QUESTION)
    await world.ask("zebra")
    metrics = client_of(world).answers.metrics
    metrics.add_gauge("quoth_queue", "Waiting.", lambda: client_of(world).answers.pool.queue_size)
    lines = metrics.render().decode().splitlines()
    assert 'quoth_questions_total{verdict="answered"} 1.0' in lines
    assert 'quoth_questions_total{verdict="nothing"} 1.0' in lines
    assert "quoth_question_seconds_count 2.0" in lines
    assert "quoth_queue 0.0" in lines


class FakeLogin:
    """A client whose logins fail with the given errors, one after another; None succeeds."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.http = self
        self.closed = False

    async def close(self) -> None:
        self.closed = True

    async def start(self, token: str) -> None:
        assert token == "a token"  # noqa: S105 - not a real one
        if error := self.errors.pop(0):
            raise error


def http_error(status: int) -> discord.HTTPException:
    response = cast(Any, type("Response", (), {"status": status, "reason": "no"})())
    return discord.HTTPException(response, "no")


def closed_by_gateway(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(cast(Any, None), shard_id=None, code=code)


async def test_login_is_retried_until_discord_responds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot_process, "_FIRST_WAIT_SECONDS", 0.0)
    login = FakeLogin(
        aiohttp.ClientError("no route"), http_error(503), http_error(429), TimeoutError(), None
    )
    await bot_process.connect_with_backoff(cast(QuothBot, login), "a token")
    assert login.errors == []
    assert caplog.text.count("cannot reach Discord") == 4


@pytest.mark.parametrize("status", [400, 403])
async def test_permanent_errors_are_not_retried(status: int) -> None:
    with pytest.raises(
        QuothError, match=rf"rejected the bot \({status} no.*developers/applications"
    ):
        await bot_process.connect_with_backoff(
            cast(QuothBot, FakeLogin(http_error(status))), "a token"
        )


async def test_rejected_token_is_reported() -> None:
    login = FakeLogin(discord.LoginFailure("Improper token"))
    with pytest.raises(bot_process.LoginRefused, match="copy it again"):
        await bot_process.connect_with_backoff(cast(QuothBot, login), "a token")
    assert login.closed


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (closed_by_gateway(4004), "copy it again"),  # the token was reset while the bot ran
        (closed_by_gateway(4011), "closed the connection: .* closed with 4011"),
        (discord.PrivilegedIntentsRequired(None), "closed the connection: .* privileged"),
    ],
)
async def test_connection_closed_for_good_is_reported(error: Exception, message: str) -> None:
    with pytest.raises(bot_process.LoginRefused, match=message):
        await bot_process.connect_with_backoff(cast(QuothBot, FakeLogin(error)), "a token")


async def test_client_that_never_logged_in_is_not_closed(
    fake_index: FakeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StartFailed(Exception):
        pass

    async def start(*_: object) -> None:
        raise StartFailed

    monkeypatch.setattr(discord.Client, "start", start)
    client = make_client(fake_index, tmp_path / "s")
    with pytest.raises(StartFailed):
        await bot_process.run_until_stopped(client, "a token", asyncio.Event())
    assert not client.is_closed()


async def test_shutdown_finishes_answers_and_declines_questions(world: World) -> None:
    gate = threading.Event()
    world.fake_index.searcher.gate = gate
    await mention_bot(world, world.alice)
    client_of(world).answers.pool.shutting_down = True
    await mention_bot(world, world.bob)
    assert client_of(world).answers.pool.shutting_down
    assert not await wait_for_in_flight(0.05)  # the first question is still being answered
    gate.set()
    assert await wait_for_in_flight(5)
    await world.env.settle()
    lines = [text(message) for message in world.channel.history() if message.author.bot]
    assert ENGLISH.restarting in lines
    assert sum("Black tea is fermented" in line for line in lines) == 1


async def mention_bot(world: World, member: Any) -> None:
    """Mention the bot with a question, without waiting for the answer."""
    content = f"<@{world.env.bot.user.id}> {QUESTION}"  # type: ignore[union-attr]
    world.env.backend.create_message(world.channel.id, member.id, content)
    await asyncio.sleep(0.1)


def test_process_without_discord_retries_and_stops_on_sigterm(index: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = os.environ | {
        "DISCORD_TOKEN": "MTIz.abc.def",
        "QUOTH_HEALTH_PORT": str(port),
        "QUOTH_INDEX": str(index),
        "QUOTH_STORE": str(tmp_path / "store.sqlite3"),
        "https_proxy": "http://127.0.0.1:9",  # a port nothing listens on
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
        assert any("cannot reach Discord" in line["message"] for line in lines)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - started < 10
    finally:
        process.kill()
        process.communicate()


# Points discord.py at a closed local port, so that the test never leaves this machine.
_OFFLINE = """
import discord.http
discord.http.Route.BASE = "http://127.0.0.1:9/api/v10"
from bot.cli.app import main
main(["run"])
"""


def status(port: int, path: str, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_snapshot_name_encodes_its_creation_time() -> None:
    assert time.time() - snapshot.created_at(snapshot.new_name()) == pytest.approx(0, abs=5)
    assert math.isnan(snapshot.created_at("one"))


def client_of(world: World) -> QuothBot:
    return cast(QuothBot, world.env.bot)
