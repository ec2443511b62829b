import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import pytest
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from bot.api.access import AccessPolicy
from bot.api.mcp_server import DESCRIPTIONS, create_http_app, create_server
from bot.api.service import ProgramService
from bot.config.settings import Settings
from tests.api.conftest import TOKEN, quoth_command

NO_HEADERS: Mapping[str, str] = {}
TRUE = "Green tea is not fermented. It is steamed soon after the harvest."


@asynccontextmanager
async def over_stdio(settings: Settings, **variables: str) -> AsyncIterator[Client]:
    """Start ``quoth mcp`` as an assistant does."""
    program, arguments = quoth_command("mcp", "--index", str(settings.index))
    environment = {
        "PYTHONPATH": str(
            Path.cwd() if "PYTHONPATH" not in os.environ else os.environ["PYTHONPATH"]
        ),
        "HF_HUB_OFFLINE": "1",
        "QUOTH_COLLECTIONS": "1=secret",
        **variables,
    }
    parameters = StdioServerParameters(command=program, args=arguments, env=environment)
    async with Client(parameters) as client:
        yield client


@asynccontextmanager
async def serving(service: ProgramService, settings: Settings) -> AsyncIterator[str]:
    """Serve MCP over HTTP on a free port of this machine, and yield its address."""
    policy = AccessPolicy.from_settings(settings, "127.0.0.1")
    app = create_http_app(create_server(service, settings.tool_descriptions), policy)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, server_header=False))
        task = asyncio.create_task(server.serve([listener]))
        try:  # requests wait in the backlog until the server is ready
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def over_http(
    service: ProgramService, settings: Settings, mode: str
) -> AsyncIterator[Client]:
    async with serving(service, settings) as url, Client(url, mode=mode) as client:
        yield client


Connect = Callable[[], AbstractAsyncContextManager[Client]]


_STDIO = pytest.param("stdio", marks=pytest.mark.slow)  # starts a process


@pytest.fixture(params=[_STDIO, "http", "http with a handshake"])
def connect(request: pytest.FixtureRequest, service: ProgramService, settings: Settings) -> Connect:
    if request.param == "stdio":
        return lambda: over_stdio(settings)
    mode = "legacy" if "handshake" in request.param else "auto"
    return lambda: over_http(service, settings, mode)


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def test_every_tool_answers_a_real_client(connect: Connect) -> None:
    async with connect() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "show", "sources", "verify"}
        for tool in tools.values():
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert tool.output_schema
            assert tool.description == DESCRIPTIONS[tool.name]
        answer = await call(client, "ask", question="Is black tea fermented for hours?")
        (quote, *_) = answer["quotes"]
        assert answer["verdict"] == "answered"
        assert (quote["article"], quote["paragraph"]) == ("tea.md", 2)
        assert quote["highlight"]["text"] == "Black tea is fermented for two to four hours."
        ranking = await call(client, "search", query="caffeine", limit=1)
        assert [each["article"] for each in ranking["results"]] == ["web/coffee.md"]
        shown = await call(client, "show", article="long.txt", paragraph=5, before=2, count=3)
        assert [each["paragraph"] for each in shown["paragraphs"]] == [3, 4, 5, 6, 7]
        assert shown["next"] == 8
        listed = await call(client, "sources", search="tea")
        assert [each["title"] for each in listed["sources"]] == ["All about tea"]
        verified = await call(client, "verify", text=TRUE)
        assert verified["match"] == "exact"
        assert verified["places"][0]["article"] == "tea.md"
        altered = await call(client, "verify", text=TRUE.replace(" not", ""))
        changed = [part for part in altered["places"][0]["diff"] if part["change"] == "changed"]
        assert (altered["match"], changed) == (
            "near",
            [{"change": "changed", "quoted": "", "stored": "not "}],
        )


async def test_collections_of_a_server_stay_hidden(connect: Connect) -> None:
    async with connect() as client:
        text = "The museum will be sold to the highest bidder in June."
        assert (await call(client, "verify", text=text))["match"] == "none"
        answer = await call(client, "ask", question="Will the museum be sold in June?")
        assert all("secret" not in quote["article"] for quote in answer["quotes"])
        listed = await call(client, "sources")
        assert all("secret" not in each["article"] for each in listed["sources"])
        result = await client.call_tool("show", {"article": "secret/plan.txt"})
        unknown = await client.call_tool("show", {"article": "no/plan.txt"})
        assert result.is_error
        assert unknown.is_error
        assert str(result.content).replace("secret", "no") == str(unknown.content)


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("ask", {"question": ""}, "at least 1 character"),
        ("ask", {"question": "  "}, "couldn't find a question"),
        ("ask", {"question": "tea?", "quotes": 0}, "greater than or equal to 1"),
        ("verify", {"text": "?!"}, "no words to check"),
        ("verify", {"text": "x" * 4001}, "at most 4000 characters"),
        ("show", {"article": "tea.md", "paragraph": 99}, "has 2 paragraphs"),
        ("search", {"query": "tea", "publisher": "Nobody"}, "don't know the publisher"),
    ],
)
async def test_bad_arguments_get_a_reason(
    service: ProgramService, tool: str, arguments: dict[str, Any], reason: str
) -> None:
    async with Client(create_server(service, {})) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert reason in str(result.content)


async def test_operators_can_describe_the_tools(service: ProgramService) -> None:
    async with Client(create_server(service, {"ask": "Ask the museum."})) as client:
        tools = (await client.list_tools()).tools
    assert [tool.description for tool in tools if tool.name == "ask"] == ["Ask the museum."]


async def test_errors_of_the_machine_tell_no_paths(
    service: ProgramService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise OSError("/home/operator/index is full")

    monkeypatch.setattr(ProgramService, "ask", staticmethod(fail))
    async with Client(create_server(service, {})) as client:
        result = await client.call_tool("ask", {"question": "Is tea green?"})
    assert result.is_error
    assert "operator" not in str(result.content)


async def test_http_needs_the_token_if_there_is_one(
    service: ProgramService, settings: Settings
) -> None:
    secured = Settings(index=settings.index, serve_token=TOKEN)  # type: ignore[arg-type]
    async with serving(service, secured) as url:
        assert (await post(url))[0] == 401
        assert (await post(url, {"Authorization": "Bearer wrong"}))[0] == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            assert len((await client.list_tools()).tools) == 5


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:6274"}, 200),
    ],
)
async def test_http_refuses_requests_of_web_pages(
    service: ProgramService, settings: Settings, headers: dict[str, str], status: int
) -> None:
    async with serving(service, settings) as url:
        assert (await post(url, headers))[0] == status


async def test_http_limits_clients_and_bodies(service: ProgramService, settings: Settings) -> None:
    limited = Settings(index=settings.index, serve_rate=3)
    async with serving(service, limited) as url:
        statuses = [(await post(url))[0] for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
    async with serving(service, settings) as url:
        assert (await post(url, body=b" " * 70_000))[0] == 413


async def post(
    url: str, headers: Mapping[str, str] = NO_HEADERS, body: bytes | None = None
) -> tuple[int, str]:
    """Send the first request of a client."""
    initialize = (
        b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": '
        b'"2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}'
    )
    accepted = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body or initialize, headers={**accepted, **headers}) as response,
    ):
        assert "Server" not in response.headers
        return response.status, await response.text()
