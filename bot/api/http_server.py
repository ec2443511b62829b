"""Serve answers and article pages over HTTP with aiohttp, which the bot needs anyway."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Self

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.api import pages
from bot.api.access import MAX_BODY_BYTES, AccessPolicy, Refusal
from bot.api.routes import ROUTES, Route, openapi_document
from bot.api.service import ArticleMissing, ProgramService
from bot.config.settings import Settings
from bot.services.search_pool import QueueFull, ShuttingDown
from bot.text.messages import ENGLISH
from index.errors import QuestionError, QuoteMismatch, SettingsError, StorageUnavailable

log = logging.getLogger(__name__)

_BODY_SECONDS = 10.0
_SHUTDOWN_SECONDS = 5.0
_RETRY = {"Retry-After": "5"}
_START = "/"
_ARTICLES = "/a/"
_SERVER = "quoth"  # instead of the versions of Python and aiohttp

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequest(Exception):
    """A request that cannot be understood, and the status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class ProgramServer:
    """The endpoints of the route table, the OpenAPI document, article pages and a start page.

    ``public_pages`` shows pages without a token.
    """

    service: ProgramService
    policy: AccessPolicy
    public_pages: bool

    @classmethod
    def from_settings(cls, settings: Settings, service: ProgramService) -> Self:
        """Create as the settings say. Raises SettingsError if a token is needed."""
        policy = AccessPolicy.from_settings(settings, settings.serve_host)
        return cls(service, policy, public_pages=settings.public_url is not None)

    def application(self) -> web.Application:
        """Create the application."""
        application = web.Application(middlewares=[self._guard], client_max_size=MAX_BODY_BYTES)
        for route in ROUTES:
            handler = self._handler(route)
            application.router.add_route(route.method, route.path, handler)
        application.router.add_get(_START, self._start)
        application.router.add_get("/openapi.json", self._openapi, allow_head=False)
        application.router.add_get(_ARTICLES + "{article:.+}", self._article)
        application.on_response_prepare.append(_hide_versions)
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Apply the access policy, and turn errors into replies that tell no paths."""
        is_page = request.path == _START or request.path.startswith(_ARTICLES)
        needs_token = not (is_page and self.public_pages)
        headers = {name.lower(): value for name, value in request.headers.items()}
        refusal = self.policy.check(request.remote, headers, needs_token=needs_token)
        if refusal:
            return _refuse(refusal)
        if not self.service.pool.snapshot:
            return _refuse(Refusal(503, "starting; try again in a moment", _RETRY))
        try:
            return await handler(request)
        except web.HTTPException as error:
            headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return _refuse(Refusal(error.status, error.reason, headers))
        except Exception as error:  # noqa: BLE001 - error_reply() logs it
            return error_reply(error)

    def _handler(self, route: Route) -> Handler:
        read = _read_body if route.method == "POST" else _read_query

        async def handle(request: web.Request) -> web.Response:
            values = await route.call(self.service, await read(request, route.request))
            return _json(values)

        return handle

    async def _start(self, _: web.Request) -> web.Response:
        return _page(pages.start_page(needs_token=self.policy.token is not None))

    async def _openapi(self, _: web.Request) -> web.Response:
        return _json(openapi_document(needs_token=self.policy.token is not None))

    async def _article(self, request: web.Request) -> web.Response:
        await self.service.pool.refresh()
        try:
            source = await self.service.find(request.match_info["article"])
        except ArticleMissing:
            return _page(pages.missing_page(), 404)
        etag = f'"{source.digest[:32]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={**pages.HEADERS, "ETag": etag})
        paragraphs = await self.service.paragraphs(source, 1, source.passages)
        response = _page(await asyncio.to_thread(pages.article_page, source, paragraphs))
        response.headers["ETag"] = etag
        response.enable_compression()
        return response


@asynccontextmanager
async def serve_programs(server: ProgramServer, host: str, port: int) -> AsyncIterator[None]:
    """Serve while the context is open. Raises SettingsError if the port is taken."""
    runner = web.AppRunner(
        server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(
            f"cannot serve on {host} port {port} ({reason}): choose another port"
        ) from error
    log.info("programs and article pages are served at http://%s:%d", host, port)
    try:
        yield
    finally:
        await runner.cleanup()


async def _read_body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if request.content_type != "application/json":
        raise BadRequest(415, "send the body as Content-Type: application/json")
    try:
        body = await asyncio.wait_for(request.read(), _BODY_SECONDS)
    except TimeoutError as error:
        raise BadRequest(408, "the body did not arrive in time") from error
    return model.model_validate_json(body, strict=True)


async def _read_query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if len(set(request.query)) != len(request.query):
        raise BadRequest(422, "give each parameter once")
    return model.model_validate(dict(request.query))


def error_reply(error: Exception) -> web.Response:
    """Reply with a reason that the client can act on, or with a code to find in the log."""
    match error:
        case BadRequest():
            refusal = Refusal(error.status, str(error))
        case ValidationError():
            refusal = _invalid(error)
        case ArticleMissing():
            refusal = Refusal(404, str(error))
        case QuestionError():
            refusal = Refusal(422, str(error))
        case QueueFull() | ShuttingDown():
            refusal = Refusal(503, str(error), _RETRY)
        case StorageUnavailable():
            log.error("%s", error)
            refusal = Refusal(503, ENGLISH.articles_unreachable, _RETRY)
        case QuoteMismatch():
            refusal = Refusal(503, "an article has changed; ask again after the next build", _RETRY)
        case _:
            code = token_hex(4)
            log.error("request %s failed", code, exc_info=error)
            refusal = Refusal(500, f"something went wrong; the server's log has it under {code}")
    return _refuse(refusal)


def _invalid(error: ValidationError) -> Refusal:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return Refusal(400, "the body is not valid JSON")
    return Refusal(422, f"{_location(first['loc'])}: {first['msg']}")


def _location(path: Sequence[Any]) -> str:
    return ".".join(str(part)[:50] for part in path) or "body"


def _refuse(refusal: Refusal) -> web.Response:
    return _json({"error": refusal.message}, refusal.status, dict(refusal.headers))


def _json(values: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        text=json.dumps(values, ensure_ascii=False).encode("utf-8", "replace").decode(),
        status=status,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            **(headers or {}),
        },
        content_type="application/json",
    )


def _page(html: str, status: int = 200) -> web.Response:
    text = html.encode("utf-8", "replace").decode()
    return web.Response(text=text, status=status, headers=pages.HEADERS, content_type="text/html")


async def _hide_versions(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = _SERVER
