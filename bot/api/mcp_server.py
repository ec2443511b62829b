"""Serve answers over the Model Context Protocol: over standard input and output, or over HTTP."""

import logging
from collections.abc import Awaitable, Mapping
from importlib.metadata import version
from typing import TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.api import models
from bot.api.access import MAX_BODY_BYTES, AccessPolicy
from bot.api.models import (
    AnswerModel,
    ArticleModel,
    RankingModel,
    SourcesModel,
    VerificationModel,
)
from bot.api.service import ProgramService, Values
from bot.config.settings import ToolName
from bot.services.search_pool import QueueFull, ShuttingDown
from bot.text.messages import ENGLISH
from index.errors import QuestionError, QuoteMismatch, StorageUnavailable

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Quotes from a fixed collection of articles, word for word, each with its source. Nothing here "
    "is written by a model. Quote the texts unchanged and cite article and paragraph. Check every "
    "quotation from these articles with `verify` before you present it as one."
)
DESCRIPTIONS: Mapping[str, str] = {
    "ask": (
        "Answer a question with exact quotes from the articles, best first, each with its source. "
        "The verdict says whether they answer it: answered, closest (perhaps not) or nothing."
    ),
    "search": (
        "Rank the passages of the articles about a query, without deciding whether they answer it."
    ),
    "show": (
        "Read an article, or the paragraphs around a quote: paragraphs in order from a number on. "
        "`next` is the paragraph to go on with."
    ),
    "sources": "List the articles, newest first, or those whose title, publisher or path matches.",
    "verify": (
        "Check whether a text is word for word in the articles (exact), nearly, with a word diff "
        "(near), or not there (none). Use … for words left out."
    ),
}
_TITLES = {
    "ask": "Ask the articles",
    "search": "Search the articles",
    "show": "Read an article",
    "sources": "List the articles",
    "verify": "Check a quotation",
}
_READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

Model = TypeVar("Model", bound=BaseModel)


def create_server(service: ProgramService, descriptions: Mapping[ToolName, str]) -> MCPServer[None]:
    """Create a server with its tools; ``descriptions`` replace the tools' own."""
    own = {str(name): text for name, text in descriptions.items()}
    server: MCPServer[None] = MCPServer(
        "quoth",
        title="Quoth",
        instructions=INSTRUCTIONS,
        version=version("quoth"),
        subscriptions=False,
    )
    for tool in _tools(service):
        server.add_tool(
            tool,
            title=_TITLES[tool.__name__],
            description=own.get(tool.__name__, DESCRIPTIONS[tool.__name__]),
            annotations=_READ_ONLY,
            structured_output=True,
        )
    return server


def _tools(service: ProgramService):  # type: ignore[no-untyped-def]  # functions of many types
    async def ask(
        question: models.Question,
        quotes: models.Quotes = None,
        skip: models.Skip = 0,
        article: models.ArticleFilter = None,
        publisher: models.PublisherFilter = None,
        since: models.SinceFilter = None,
    ) -> AnswerModel:
        request = models.AskRequest(
            question=question,
            quotes=quotes,
            skip=skip,
            article=article,
            publisher=publisher,
            since=since,
        )
        return await _result(AnswerModel, service.ask(request))

    async def search(
        query: models.Question,
        limit: models.Results = 10,
        article: models.ArticleFilter = None,
        publisher: models.PublisherFilter = None,
        since: models.SinceFilter = None,
    ) -> RankingModel:
        request = models.SearchRequest(
            query=query, limit=limit, article=article, publisher=publisher, since=since
        )
        return await _result(RankingModel, service.search(request))

    async def show(
        article: models.ArticleName,
        paragraph: models.Paragraph = 1,
        before: models.Before = 0,
        count: models.Count = 10,
    ) -> ArticleModel:
        request = models.ShowRequest(
            article=article, paragraph=paragraph, before=before, count=count
        )
        return await _result(ArticleModel, service.show(request))

    async def sources(
        search: models.TitleSearch = "", skip: models.Skip = 0, limit: models.Results = 50
    ) -> SourcesModel:
        request = models.SourcesRequest(search=search, skip=skip, limit=limit)
        return await _result(SourcesModel, service.sources(request))

    async def verify(text: models.Text, article: models.ArticleFilter = None) -> VerificationModel:
        request = models.VerifyRequest(text=text, article=article)
        return await _result(VerificationModel, service.verify(request))

    return ask, search, show, sources, verify


async def _result(model: type[Model], values: Awaitable[Values]) -> Model:
    """Await an answer. Raises ToolError with a reason that a model can act on.

    Other errors are logged, and their texts, which may name files, are not passed on.
    """
    try:
        return model.model_validate(await values)
    except (QuestionError, QuoteMismatch, QueueFull, ShuttingDown) as error:
        raise ToolError(str(error)) from error
    except StorageUnavailable as error:
        log.error("%s", error)
        raise ToolError(ENGLISH.articles_unreachable) from error


def create_http_app(server: MCPServer[None], policy: AccessPolicy) -> ASGIApp:
    """Create the application for Streamable HTTP at ``/mcp``, without sessions."""
    own_checks = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        max_request_body_size=MAX_BODY_BYTES,
        transport_security=own_checks,
    )
    return AccessMiddleware(app, policy)


class AccessMiddleware:
    """Apply an access policy to an ASGI application."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or reply with the reason for refusing it."""
        app = self._app
        if scope["type"] == "http":
            peer = (scope.get("client") or (None,))[0]
            if refusal := self._policy.check(peer, Headers(scope=scope)):
                error = {"error": refusal.message}
                app = JSONResponse(error, refusal.status, headers=dict(refusal.headers))
        await app(scope, receive, send)
