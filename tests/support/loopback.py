"""A small Discord on this machine: gateway, messages, interactions, and faults of each request.

``serve_loopback`` serves it; the bot, in this process or its own, logs in over HTTP.
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp import web

from tests.support import loopback_payloads as payloads
from tests.support.faults import Call, Fault, Handler
from tests.support.loopback_payloads import (
    BOT,
    CHANNEL,
    EPHEMERAL,
    IS_COMPONENTS_V2,
    LOADING,
    Json,
    new_id,
)

_DEFERRED, _DEFERRED_UPDATE, _MESSAGE, _MODAL = 5, 6, 4, 9  # types of responses
_EDITABLE: Json = {"content": "", "components": []}
_HEARTBEAT_MILLISECONDS = 41_250
_HEARTBEAT, _IDENTIFY, _RESUME = 1, 2, 6  # gateway opcodes
_INVALID_SESSION, _HELLO, _HEARTBEAT_ACK = 9, 10, 11


@dataclass(slots=True)
class Reply:
    """A message that a member sees, and the time it took."""

    body: Json
    seconds: float


@dataclass(slots=True)
class Request:
    """A request of the bot about a message or an interaction, and how it ended.

    ``status`` is None while it runs, and if the connection was cut.
    """

    call: Call
    channel: str
    target: str
    fault: Fault | None
    started_at: float = field(default_factory=time.perf_counter)
    status: int | None = None

    def __str__(self) -> str:
        fault = f" ({self.fault})" if self.fault else ""
        return f"{self.started_at:.2f} {self.call} {self.target}{fault}: {self.status}"


@dataclass(eq=False, slots=True)
class Question:
    """A message or an interaction of a member, and everything that it led to."""

    event: Json
    asked_at: float = field(default_factory=time.perf_counter)
    acknowledged: float | None = None  # seconds
    responded: bool = False  # has its first response
    expired: bool = False  # the token
    original: Json | None = None  # the response's message
    replies: list[Reply] = field(default_factory=list)
    reactions: set[str] = field(default_factory=set)
    replied: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def member(self) -> str:
        """The id of the member who asked."""
        author = self.event.get("author") or self.event["member"]["user"]
        return str(author["id"])

    @property
    def age_seconds(self) -> float:
        """Seconds since it was asked."""
        return time.perf_counter() - self.asked_at

    @property
    def outcome(self) -> str:
        """``once``, ``told``, or a description of what is wrong."""
        answers = sum(bool(each.body["components"]) for each in self.replies)
        lines = len(self.replies) - answers + len(self.reactions)
        if (answers, lines) == (1, 0):
            return "once"
        unanswered = "token" in self.event and not self.responded  # Discord says so itself
        if not answers and (lines or unanswered):
            return "told"
        return f"{answers} answers and {lines} lines" if self.replies else "lost"


@dataclass
class Loopback:
    """A Discord with a server for each shard, channels and any number of members."""

    channel_count: int = 1
    shard_count: int = 1
    port: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    rejects_token: bool = False
    questions: dict[str, Question] = field(default_factory=dict)  # by id and by token
    requests: list[Request] = field(default_factory=list)
    faults: dict[tuple[Call, str], deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    messages: dict[str, Json] = field(default_factory=dict)
    _commands: list[Json] = field(default_factory=list)
    _by_nonce: dict[str, Json] = field(default_factory=dict)
    _untyped: dict[str, list[Question]] = field(default_factory=lambda: defaultdict(list))
    _recipients: dict[str, str] = field(default_factory=dict)  # members by direct channel
    identified: list[tuple[float, int]] = field(default_factory=list)  # moment and shard
    absent_guilds: set[int] = field(default_factory=set)  # servers that the bot is not in
    _events: dict[int, list[Json]] = field(default_factory=lambda: defaultdict(list))  # by shard
    _forgotten: set[int] = field(default_factory=set)  # shards without a session
    _sockets: dict[int, web.WebSocketResponse] = field(default_factory=dict)

    def inject(self, call: Call, *faults: Fault, channel: int = CHANNEL) -> None:
        """Let the next requests of a kind in a channel fail."""
        self.faults[call, str(channel)].extend(faults)

    async def ask(
        self,
        text: str,
        *,
        member: int = 10_000,
        channel: int = CHANNEL,
        slash: bool = False,
        private: bool = False,
        reply_to: str | None = None,
        deliveries: int = 1,
    ) -> Question:
        """Mention the bot, or use ``/ask``, without waiting for the answer."""
        if slash or private:
            data = payloads.ask_command(text, private=private)
            return await self._use(channel, member, payloads.APPLICATION_COMMAND, data, deliveries)
        event = payloads.mention(str(channel), member, text, reply_to)
        self.messages[event["id"]] = event
        question = await self._deliver("MESSAGE_CREATE", event, deliveries)
        self._untyped[str(channel)].append(question)
        return question

    async def press(self, message: Json, custom_id: str, *, member: int = 10_000) -> Question:
        """Press a button of a message."""
        data = {"custom_id": custom_id, "component_type": 2}
        channel = int(message["channel_id"])
        return await self._use(channel, member, payloads.COMPONENT, data, message=message)

    async def send_event(self, name: str, event: Json) -> Question:
        """Send an event as it is, and return what it leads to."""
        return await self._deliver(name, event)

    async def reply_to(self, question: Question) -> Reply:
        """Wait for the first reply to a question."""
        await question.replied.wait()
        return question.replies[0]

    async def close_gateway(self, code: int, shard: int = 0) -> None:
        """Close the connection of a shard."""
        if shard in self._sockets:
            await self._sockets[shard].close(code=code)

    async def send_damaged(self, shard: int = 0) -> None:
        """Send a message that is not JSON."""
        await self._sockets[shard].send_str('{"op": 0, "t"')

    def forget_session(self, shard: int) -> None:
        """Refuse to resume the connection of a shard, so that it has to identify again."""
        self._forgotten.add(shard)

    def is_connected(self, shard: int) -> bool:
        """Return whether a bot runs the shard."""
        return shard in self._sockets and not self._sockets[shard].closed

    async def _use(
        self,
        channel: int,
        member: int,
        kind: int,
        data: Json,
        deliveries: int = 1,
        message: Json | None = None,
    ) -> Question:
        event = payloads.interaction(str(channel), member, kind, data)
        event |= {"message": message} if message else {}
        return await self._deliver("INTERACTION_CREATE", event, deliveries)

    async def _deliver(self, name: str, event: Json, deliveries: int = 1) -> Question:
        question = Question(event)
        for key in {"id", "token"} & event.keys():
            self.questions[event[key]] = question
        for _ in range(deliveries):
            await self._dispatch(name, event)
        return question

    async def _dispatch(self, name: str, data: Json) -> None:
        """Send an event to its server's shard, or keep it until that resumes its connection."""
        guild = data["id"] if name.startswith("GUILD_") else data.get("guild_id")
        await self._send(name, data, (int(guild or 0) >> 22) % self.shard_count)

    async def _send(self, name: str, data: Json, shard: int) -> None:
        events = self._events[shard]
        payload = {"op": 0, "t": name, "s": len(events) + 1, "d": data}
        events.append(payload)
        if self.is_connected(shard):
            await self._sockets[shard].send_json(payload)

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
        elif payload["op"] in {_IDENTIFY, _RESUME} and self.rejects_token:
            await socket.close(code=4004)
        elif payload["op"] == _IDENTIFY:
            await self._identify(socket, *payload["d"].get("shard", (0, 1)))
        elif payload["op"] == _RESUME:
            await self._resume(socket, int(payload["d"]["session_id"]), payload["d"]["seq"])

    async def _resume(self, socket: web.WebSocketResponse, shard: int, sequence: int) -> None:
        if shard in self._forgotten:
            self._forgotten.remove(shard)
            await socket.send_json({"op": _INVALID_SESSION, "d": False})
            return
        self._sockets[shard] = socket
        for event in self._events[shard][sequence:]:
            await socket.send_json(event)
        await self._send("RESUMED", {}, shard)

    async def _identify(self, socket: web.WebSocketResponse, shard: int, count: int) -> None:
        assert count == self.shard_count
        self.identified.append((time.perf_counter(), shard))
        self._sockets[shard] = socket
        self._events[shard].clear()
        guilds = [payloads.guild(self.channel_count, shard)]
        guilds = [each for each in guilds if int(each["id"]) not in self.absent_guilds]
        await self._send("READY", self._ready_data(guilds, shard), shard)
        for guild in guilds:
            await self._dispatch("GUILD_CREATE", guild)
        self.ready.set()

    def _ready_data(self, guilds: list[Json], shard: int) -> Json:
        return {
            "v": 10,
            "user": payloads.user(BOT),
            "guilds": [{"id": each["id"], "unavailable": True} for each in guilds],
            "session_id": str(shard),
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/",
            "application": {"id": str(BOT), "flags": 0},
            "shard": [shard, self.shard_count],
        }

    # Requests

    async def _post(self, request: web.Request) -> web.Response:
        """Post a message of the bot, unless there is one with its nonce."""
        body, channel = await _body(request), request.match_info["channel"]
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        if nonce in self._by_nonce:
            return _json(self._by_nonce[nonce])
        message = self._add_message(channel, body)
        if nonce:
            self._by_nonce[nonce] = message
        reference = (body.get("message_reference") or {}).get("message_id")
        question = self.questions.get(str(reference)) or self.questions.get(str(nonce))
        question = question or self._newest_question(channel, self._recipients.get(channel))
        if question is not None:
            self._show(question, message)
        return _json(message)

    def _newest_question(self, channel: str, recipient: str | None) -> Question | None:
        """Return the last question of a direct channel's member, or the last press in a channel."""
        asked = [
            each
            for each in self.questions.values()
            if each.member == recipient
            or ("message" in each.event and each.event["channel_id"] == channel)
        ]
        return asked[-1] if asked else None

    def _add_message(self, channel: str, body: Json, flags: int = 0) -> Json:
        message = payloads.message(channel, BOT, body, flags)
        self.messages[message["id"]] = message
        return message

    def _show(self, question: Question, message: Json) -> None:
        shown = [each for each in question.replies if each.body["id"] == message["id"]]
        if shown:
            shown[0].body = message
        else:
            question.replies.append(Reply(message, question.age_seconds))
        question.replied.set()

    async def _message(self, request: web.Request) -> web.Response:
        """Get, edit or delete a message."""
        message = self.messages.get(request.match_info["message"])
        if message is None:
            return _error(404, 10008)
        if request.method == "DELETE":
            del self.messages[message["id"]]
            return web.Response(status=204)
        if request.method == "PATCH":
            return _edit(message, await _body(request))
        return _json(message)

    async def _react(self, request: web.Request) -> web.Response:
        question = self.questions.get(request.match_info["message"])
        if question is None:
            return _error(404, 10008)
        question.reactions.add(request.match_info["emoji"])
        question.replied.set()
        return web.Response(status=204)

    async def _type(self, request: web.Request) -> web.Response:
        for question in self._untyped.pop(request.match_info["channel"], []):
            question.acknowledged = question.age_seconds
        return web.Response(status=204)

    async def _open_direct_channel(self, request: web.Request) -> web.Response:
        recipient = str((await _body(request))["recipient_id"])
        number = new_id()
        self._recipients[number] = recipient
        return _json(payloads.direct_channel(number, recipient))

    async def _respond(self, request: web.Request) -> web.Response:
        """Take the first response to an interaction."""
        question = self.questions[request.match_info["token"]]
        if question.responded:
            return _error(400, 40060)
        body = await _body(request)
        question.responded, question.acknowledged = True, question.age_seconds
        data, kind = body.get("data") or {}, body["type"]
        if kind in {_DEFERRED, _MESSAGE}:
            flags = LOADING if kind == _DEFERRED else 0
            question.original = self._add_message(question.event["channel_id"], data, flags)
            question.original["flags"] |= int(data.get("flags") or 0) & EPHEMERAL
        if kind == _MESSAGE and question.original:
            self._show(question, question.original)
        if kind == _DEFERRED_UPDATE:
            question.original = question.event.get("message")
        identity = question.original["id"] if question.original else None
        interaction = {"id": question.event["id"], "type": 2, "response_message_id": identity}
        return _json({"interaction": interaction, "resource": {"type": kind}})

    async def _original(self, request: web.Request) -> web.Response:
        """Get, edit or delete the message of a response."""
        question = self.questions[request.match_info["token"]]
        if question.expired:
            return _error(401, 50027)
        if question.original is None or not question.responded:
            return _error(404, 10015)
        if question.original["id"] not in self.messages:
            return _error(404, 10008)
        if request.method == "PATCH":
            response = _edit(question.original, await _body(request))
            is_new = question.original is not question.event.get("message")
            if is_new and response.status == HTTPStatus.OK:
                self._show(question, question.original)
            return response
        return _json(question.original)

    async def _follow_up(self, request: web.Request) -> web.Response:
        question = self.questions[request.match_info["token"]]
        message = self._add_message(question.event["channel_id"], await _body(request))
        self._show(question, message)
        return _json(message)

    async def _list_commands(self, _: web.Request) -> web.Response:
        return _json(self._commands)

    async def _register_commands(self, request: web.Request) -> web.Response:
        """Return the commands as sent, with ids."""
        defaults = {"application_id": str(BOT), "version": "1", "description": ""}
        sent = enumerate(await request.json())
        self._commands = [defaults | each | {"id": str(5000 + number)} for number, each in sent]
        return _json(self._commands)

    async def _gateway_for_bots(self, _: web.Request) -> web.Response:
        limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        url = f"ws://127.0.0.1:{self.port}/"
        return _json({"url": url, "shards": self.shard_count, "session_start_limit": limits})

    async def _me(self, _: web.Request) -> web.Response:
        return _error(401, 0) if self.rejects_token else _json(payloads.user(BOT))

    def _with_faults(self, call: Call, handler: Handler) -> Handler:
        """Handle a request, or let it fail as was injected for its channel."""

        async def handle(request: web.Request) -> web.StreamResponse:
            channel = request.match_info.get("channel", str(CHANNEL))
            target = request.match_info.get("message", "")
            if "token" in request.match_info:
                event = self.questions[request.match_info["token"]].event
                channel, target = event["channel_id"], event["id"]
            faults = self.faults[call, channel]
            record = Request(call, channel, target, faults.popleft() if faults else None)
            self.requests.append(record)
            fault = record.fault
            response = await (fault.apply(request, handler) if fault else handler(request))
            record.status = response.status
            return response

        return handle

    def app(self) -> web.Application:
        """Create the web application with all routes."""
        app, fails = web.Application(client_max_size=50_000_000), self._with_faults
        api = "/api/v10"
        commands = f"{api}/applications/{{id}}/commands"
        channel = f"{api}/channels/{{channel}}"
        message = f"{channel}/messages/{{message}}"
        callback = f"{api}/interactions/{{id}}/{{token}}/callback"
        webhook = f"{api}/webhooks/{{application}}/{{token}}"
        app.add_routes(
            [
                web.get("/", self._gateway),
                web.get(f"{api}/gateway/bot", self._gateway_for_bots),
                web.get(f"{api}/users/@me", self._me),
                web.get(f"{api}/oauth2/applications/@me", _respond_with(payloads.APPLICATION)),
                web.get(commands, self._list_commands),
                web.put(commands, fails(Call.COMMANDS, self._register_commands)),
                web.post(f"{api}/users/@me/channels", self._open_direct_channel),
                web.post(f"{channel}/typing", fails(Call.TYPING, self._type)),
                web.post(f"{channel}/messages", fails(Call.MESSAGE, self._post)),
                web.get(message, fails(Call.FETCH, self._message)),
                web.patch(message, self._message),
                web.delete(message, self._message),
                web.put(f"{message}/reactions/{{emoji}}/@me", fails(Call.REACTION, self._react)),
                web.post(callback, fails(Call.CALLBACK, self._respond)),
                web.get(f"{webhook}/messages/@original", self._original),
                web.patch(f"{webhook}/messages/@original", fails(Call.EDIT, self._original)),
                web.post(webhook, fails(Call.FOLLOW_UP, self._follow_up)),
            ]
        )
        return app


@asynccontextmanager
async def serve_loopback(channel_count: int = 1, shard_count: int = 1) -> AsyncIterator[Loopback]:
    """Serve a loopback Discord on a free port."""
    loopback = Loopback(channel_count, shard_count)
    runner = web.AppRunner(loopback.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    loopback.port = runner.addresses[0][1]
    try:
        yield loopback
    finally:
        await runner.cleanup()


def _edit(message: Json, body: Json) -> web.Response:
    """Change what the body of an edit names; text cannot replace layout components."""
    if message["flags"] & IS_COMPONENTS_V2 and body.get("content"):
        return _error(400, 50035)
    message |= {name: body[name] or empty for name, empty in _EDITABLE.items() if name in body}
    message["flags"] = message["flags"] & ~LOADING | int(body.get("flags") or 0)
    return _json(message)


def _json(values: Any) -> web.Response:
    """Respond like Discord, whose content type has no charset."""
    return web.Response(body=json.dumps(values).encode(), content_type="application/json")


def _error(status: int, code: int) -> web.Response:
    response = _json({"code": code, "message": "refused"})
    response.set_status(status)
    return response


def _respond_with(values: Any) -> Any:
    async def handler(_request: web.Request) -> web.Response:
        return _json(values)

    return handler


async def _body(request: web.Request) -> Json:
    """Read the JSON of a request, with or without attached files."""
    if request.content_type == "multipart/form-data":
        body: Json = json.loads(str((await request.post())["payload_json"]))
    else:
        body = await request.json()
    return body
