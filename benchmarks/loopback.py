"""A minimal Discord server on this machine: gateway, messages and commands.

``benchmarks.soak`` runs the real bot against it, so that Discord does not affect the measurements.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

BOT, GUILD, CHANNEL, OWNER = 1_000, 2_000, 3_000, 4_000
_ALL_PERMISSIONS = str(0x7FFF_FFFF_FFFF)
_DEFERRED_TYPES = {5, 6}  # interaction responses that announce an answer
_HEARTBEAT_MILLISECONDS = 41_250
_HEARTBEAT, _IDENTIFY, _HELLO, _HEARTBEAT_ACK = 1, 2, 10, 11  # gateway opcodes

Json = dict[str, Any]


@dataclass(slots=True)
class Reply:
    """The bot's reply to a question, and the time it took."""

    body: Json
    seconds: float


@dataclass(slots=True)
class _PendingQuestion:
    asked_at: float
    reply: asyncio.Future[Reply]


@dataclass
class Loopback:
    """A Discord with one server, one channel and any number of members."""

    port: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    twice: int = 0  # second answers to a question
    _ids: Any = field(default_factory=lambda: itertools.count(1_000_000))
    _sequence: Any = field(default_factory=lambda: itertools.count(1))
    _socket: web.WebSocketResponse | None = None
    _pending: dict[str, _PendingQuestion] = field(default_factory=dict)

    async def mention(self, member: int, text: str) -> Reply:
        """Send a message that mentions the bot, and return its reply."""
        number = str(next(self._ids))
        message = _message(number, _user(member), f"<@{BOT}> {text}")
        event = message | {"guild_id": str(GUILD), "mentions": [_user(BOT)], "member": _MEMBER}
        return await self._ask(number, "MESSAGE_CREATE", event)

    async def slash(self, member: int, text: str) -> Reply:
        """Send ``/ask question:text``, and return the final answer."""
        token = f"token-{next(self._ids)}"
        event = {
            "id": str(next(self._ids)),
            "application_id": str(BOT),
            "type": 2,
            "token": token,
            "version": 1,
            "guild_id": str(GUILD),
            "channel_id": str(CHANNEL),
            "channel": _CHANNEL,
            "member": _MEMBER | {"user": _user(member), "permissions": _ALL_PERMISSIONS},
            "app_permissions": _ALL_PERMISSIONS,
            "locale": "en-US",
            "guild_locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": {},
            "context": 0,
            "data": {
                "id": "5000",
                "type": 1,
                "name": "ask",
                "options": [{"type": 3, "name": "question", "value": text}],
            },
        }
        return await self._ask(token, "INTERACTION_CREATE", event)

    async def _ask(self, key: str, event: str, data: Json) -> Reply:
        reply = asyncio.get_running_loop().create_future()
        self._pending[key] = _PendingQuestion(time.perf_counter(), reply)
        await self._dispatch(event, data)
        result: Reply = await reply
        return result

    def _resolve(self, key: str | None, body: Json) -> None:
        pending = self._pending.pop(key or "", None)
        if pending is None:
            self.twice += 1
        elif not pending.reply.done():
            pending.reply.set_result(Reply(body, time.perf_counter() - pending.asked_at))

    async def _dispatch(self, event: str, data: Json) -> None:
        if self._socket is None:
            raise RuntimeError("no bot is connected")
        payload = {"op": 0, "t": event, "s": next(self._sequence), "d": data}
        await self._socket.send_str(json.dumps(payload))

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        await socket.send_json({"op": _HELLO, "d": {"heartbeat_interval": _HEARTBEAT_MILLISECONDS}})
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            await self._on_payload(socket, json.loads(message.data))
        return socket

    async def _on_payload(self, socket: web.WebSocketResponse, payload: Json) -> None:
        if payload["op"] == _HEARTBEAT:
            await socket.send_json({"op": _HEARTBEAT_ACK})
        elif payload["op"] == _IDENTIFY:
            self._socket = socket
            await self._dispatch("READY", self._ready_data())
            await self._dispatch("GUILD_CREATE", _guild())
            self.ready.set()

    def _ready_data(self) -> Json:
        return {
            "v": 10,
            "user": _user(BOT),
            "guilds": [{"id": str(GUILD), "unavailable": True}],
            "session_id": "one",
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/",
            "application": {"id": str(BOT), "flags": 0},
        }

    async def _post(self, request: web.Request) -> web.Response:
        """Receive a message of the bot."""
        body = await _body(request)
        key = (body.get("message_reference") or {}).get("message_id")
        self._resolve(key and str(key), body)
        return _json(_message(str(next(self._ids)), _user(BOT), ""))

    async def _respond(self, request: web.Request) -> web.Response:
        """Receive the first response to an interaction; a deferral is not an answer."""
        body = await _body(request)
        if body["type"] not in _DEFERRED_TYPES:
            self._resolve(request.match_info["token"], body.get("data") or {})
        return _json({"interaction": {"id": request.match_info["id"], "type": 2}})

    async def _edit(self, request: web.Request) -> web.Response:
        """Receive the answer to a deferred interaction."""
        self._resolve(request.match_info["token"], await _body(request))
        return _json(_message(str(next(self._ids)), _user(BOT), ""))

    def app(self) -> web.Application:
        """Create the web application with all routes."""
        app = web.Application(client_max_size=50_000_000)
        app.add_routes(
            [
                web.get("/", self._gateway),
                web.get("/api/v10/users/@me", _respond_with(_user(BOT))),
                web.get("/api/v10/oauth2/applications/@me", _respond_with(_APPLICATION)),
                web.get("/api/v10/applications/{id}/commands", _respond_with([])),
                web.put("/api/v10/applications/{id}/commands", _register_commands),
                web.post("/api/v10/channels/{id}/typing", _no_content),
                web.post("/api/v10/channels/{id}/messages", self._post),
                web.post("/api/v10/interactions/{id}/{token}/callback", self._respond),
                web.patch("/api/v10/webhooks/{id}/{token}/messages/@original", self._edit),
            ]
        )
        return app


@asynccontextmanager
async def serve_loopback() -> AsyncIterator[Loopback]:
    """Serve a loopback Discord on a free port."""
    loopback = Loopback()
    runner = web.AppRunner(loopback.app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    loopback.port = runner.addresses[0][1]
    try:
        yield loopback
    finally:
        await runner.cleanup()


def _user(number: int) -> Json:
    return {
        "id": str(number),
        "username": f"user{number}",
        "discriminator": "0",
        "avatar": None,
        "global_name": None,
        "bot": number == BOT,
    }


def _message(number: str, author: Json, content: str) -> Json:
    return {
        "id": number,
        "channel_id": str(CHANNEL),
        "author": author,
        "content": content,
        "timestamp": "2024-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
    }


def _guild() -> Json:
    everyone = {
        "id": str(GUILD), "name": "@everyone", "color": 0, "hoist": False, "position": 0,
        "permissions": _ALL_PERMISSIONS, "managed": False, "mentionable": False, "flags": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
    }  # fmt: skip
    return {
        "id": str(GUILD), "name": "Soak", "owner_id": str(OWNER), "roles": [everyone],
        "emojis": [], "stickers": [], "features": [], "channels": [_CHANNEL], "threads": [],
        "members": [_MEMBER | {"user": _user(BOT)}], "member_count": 1, "voice_states": [],
        "presences": [], "stage_instances": [], "guild_scheduled_events": [],
        "verification_level": 0, "explicit_content_filter": 0, "mfa_level": 0, "nsfw_level": 0,
        "default_message_notifications": 0, "system_channel_flags": 0, "premium_tier": 0,
        "preferred_locale": "en-US", "afk_timeout": 60, "large": False, "unavailable": False,
        "premium_progress_bar_enabled": False,
    }  # fmt: skip


_CHANNEL: Json = {
    "id": str(CHANNEL), "type": 0, "name": "ask", "guild_id": str(GUILD), "position": 0,
    "permission_overwrites": [], "nsfw": False, "parent_id": None, "topic": None,
    "last_message_id": None, "rate_limit_per_user": 0, "flags": 0, "permissions": _ALL_PERMISSIONS,
}  # fmt: skip
_MEMBER: Json = {
    "roles": [], "nick": None, "avatar": None, "joined_at": "2024-01-01T00:00:00+00:00",
    "premium_since": None, "deaf": False, "mute": False, "pending": False, "flags": 0,
}  # fmt: skip
_APPLICATION: Json = {
    "id": str(BOT), "name": "Quoth", "icon": None, "description": "", "bot_public": True,
    "bot_require_code_grant": False, "verify_key": "", "flags": 0, "team": None,
    "owner": _user(OWNER), "rpc_origins": [],
}  # fmt: skip


def _json(values: Any) -> web.Response:
    """Respond like Discord, whose content type has no charset."""
    return web.Response(body=json.dumps(values).encode(), content_type="application/json")


def _respond_with(values: Any) -> Any:
    async def handler(_request: web.Request) -> web.Response:
        return _json(values)

    return handler


async def _no_content(_request: web.Request) -> web.Response:
    return web.Response(status=204)


async def _register_commands(request: web.Request) -> web.Response:
    """Return the commands as sent, with ids."""
    commands = await request.json()
    defaults = {"application_id": str(BOT), "version": "1", "description": ""}
    return _json([defaults | command | {"id": str(5000 + n)} for n, command in enumerate(commands)])


async def _body(request: web.Request) -> Json:
    """Read the JSON of a request, with or without attached files."""
    if request.content_type == "multipart/form-data":
        body: Json = json.loads(str((await request.post())["payload_json"]))
    else:
        body = await request.json()
    return body
