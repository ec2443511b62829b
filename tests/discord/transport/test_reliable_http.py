"""Retries of requests to Discord."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.http import Route

from bot.ui.transport import reliable_http
from bot.ui.transport.reliable_http import ReliableHTTPClient, repeat


@pytest.fixture(autouse=True)
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reliable_http, "_FIRST_DELAY_SECONDS", 0.01)


def http_error(status: int, **headers: str) -> discord.HTTPException:
    response: Any = SimpleNamespace(
        status=status, reason="", headers={name.replace("_", "-"): v for name, v in headers.items()}
    )
    return discord.HTTPException(response, "")


def sending(*outcomes: Any) -> Any:
    remaining = list(outcomes)

    async def send() -> Any:
        outcome = remaining.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return send


async def test_a_429_is_retried_after_its_delay() -> None:
    started = time.monotonic()
    busy = http_error(429, Retry_After="0.05")
    assert await repeat(sending(busy, busy, "sent"), 2.0) == "sent"
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize(
    "error",
    [
        http_error(429),
        http_error(429, Retry_After="3600"),
        http_error(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
        http_error(403, Retry_After="0"),
    ],
)
async def test_other_errors_are_not_retried(
    error: discord.HTTPException,
) -> None:
    with pytest.raises(discord.HTTPException) as raised:
        await asyncio.wait_for(repeat(sending(error), 30.0), 1)
    assert raised.value is error


async def test_gives_up_when_its_patience_ends() -> None:
    broken = aiohttp.ServerDisconnectedError()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await repeat(sending(*[broken] * 9), 0.1)


@pytest.mark.parametrize(
    "error",
    [
        *(aiohttp.ServerDisconnectedError(), OSError()),
        *(http_error(status) for status in (500, 503, 520, 522, 525, 530)),
    ],
)
async def test_a_broken_connection_is_repeated(error: Exception) -> None:
    assert await repeat(sending(error, error, "sent"), 2.0) == "sent"


async def test_json_is_read_whatever_parameters_its_type_has() -> None:
    assert await reliable_http._read(sending('{"id": "5"}')()) == {"id": "5"}
    error = http_error(400)
    error.text = '{"code": 50035, "message": "Invalid Form Body"}'
    with pytest.raises(discord.HTTPException) as caught:
        await reliable_http._read(sending(error)())
    assert (caught.value.code, caught.value.text) == (50035, "Invalid Form Body")


async def test_only_what_is_needed_of_a_sent_message_is_read() -> None:
    author = {"roles": [{"id": "7"}]}  # not as in an event
    sent: Any = {"id": "5", "channel_id": "6", "member": author, "reactions": None}
    response = await reliable_http._read(sending(sent)())
    assert response.keys().isdisjoint({"member", "reactions"})
    assert (response["components"], response["edited_timestamp"]) == ([], None)


@asynccontextmanager
async def client_of(
    method: str, path: str, handler: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ReliableHTTPClient]:
    """Log in at a Discord that has one route."""

    async def login(_request: web.Request) -> web.Response:
        return web.json_response({"id": "1", "username": "quoth", "discriminator": "0"})

    app = web.Application()
    app.router.add_get("/api/v10/users/@me", login)
    app.router.add_route(method, f"/api/v10{path}", handler)
    async with TestServer(app) as server:
        monkeypatch.setattr(Route, "BASE", str(server.make_url("/api/v10")))
        client = ReliableHTTPClient(asyncio.get_running_loop())
        await client.static_login("token")
        yield client
        await client.close()


@pytest.mark.parametrize("fault", ["500", "503", "cut"])
async def test_a_forum_post_is_tried_once(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    posts: list[str] = []

    async def post(request: web.Request) -> web.Response:
        posts.append(request.path)
        if fault == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.json_response({"message": "it may have been posted"}, status=int(fault))

    async with client_of("POST", "/channels/5/threads", post, monkeypatch) as client:
        with pytest.raises(aiohttp.ClientError):
            await client.request(Route("POST", "/channels/{channel_id}/threads", channel_id=5))
    assert len(posts) == 1


async def test_the_lookup_of_a_forum_post_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = [503, 503, 200]

    async def look_up(_request: web.Request) -> web.Response:
        return web.json_response({"threads": [], "members": []}, status=statuses.pop(0))

    async with client_of("GET", "/guilds/5/threads/active", look_up, monkeypatch) as client:
        assert (await client.get_active_threads(5))["threads"] == []
