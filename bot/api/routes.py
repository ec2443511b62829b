"""The table of HTTP endpoints, and the OpenAPI document made from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.api.models import (
    AnswerModel,
    ArticleModel,
    AskRequest,
    ErrorModel,
    RankingModel,
    SearchRequest,
    ShowRequest,
    SourcesModel,
    SourcesRequest,
    VerificationModel,
    VerifyRequest,
)
from bot.api.service import ProgramService, Values

_SCHEMAS = "#/components/schemas/{model}"
_ERRORS = {
    400: "The body is not valid JSON.",
    401: "The token is missing or wrong.",
    403: "The request comes from a web page of another server.",
    404: "There is no such article.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not declared as application/json.",
    421: "The Host header names another server.",
    422: "A value is missing, invalid or matches nothing; the error names it.",
    429: "Too many requests; see Retry-After.",
    500: "An error that the server's log describes.",
    503: "Too many questions are waiting, or the server is stopping; see Retry-After.",
}
_BODY_ERRORS = {400, 408, 413, 415}


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint: GET takes the request's fields from the query, POST from a JSON body."""

    method: str
    path: str
    summary: str
    request: type[BaseModel]
    response: type[BaseModel]
    call: Callable[[ProgramService, Any], Awaitable[Values]]

    @property
    def name(self) -> str:
        """Name of the operation."""
        return self.path.rpartition("/")[2]


ROUTES = (
    Route("POST", "/v1/ask", "Answer a question with exact quotes and their sources",
          AskRequest, AnswerModel, ProgramService.ask),
    Route("POST", "/v1/search", "Rank the passages about a query, without a verdict",
          SearchRequest, RankingModel, ProgramService.search),
    Route("POST", "/v1/verify", "Check whether a text is word for word in the articles",
          VerifyRequest, VerificationModel, ProgramService.verify),
    Route("GET", "/v1/show", "Read the paragraphs of an article from a number on",
          ShowRequest, ArticleModel, ProgramService.show),
    Route("GET", "/v1/sources", "List the articles, newest first",
          SourcesRequest, SourcesModel, ProgramService.sources),
)  # fmt: skip


@cache
def openapi_document(*, needs_token: bool) -> dict[str, Any]:
    """Describe the endpoints as OpenAPI 3.1."""
    requests = [(route.request, "validation") for route in ROUTES if route.method == "POST"]
    responses = [(model, "serialization") for model in (*(r.response for r in ROUTES), ErrorModel)]
    models: list[Any] = [*requests, *responses]
    _, schemas = models_json_schema(models, ref_template=_SCHEMAS)
    components: dict[str, Any] = {"schemas": schemas["$defs"]}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Quoth",
            "version": version("quoth"),
            "description": "Exact quotes from a collection of articles, each with its source.",
        },
        "paths": {route.path: {route.method.lower(): _operation(route)} for route in ROUTES},
        "components": components,
    }
    if needs_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": route.name, "summary": route.summary}
    if route.method == "POST":
        schema = {"$ref": _SCHEMAS.format(model=route.request.__name__)}
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    else:
        operation["parameters"] = _parameters(route.request)
    operation["responses"] = {
        "200": _response("The result.", route.response),
        **{
            str(status): _response(reason, ErrorModel)
            for status, reason in _ERRORS.items()
            if route.method == "POST" or status not in _BODY_ERRORS
        },
    }
    return operation


def _parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": each.pop("description", ""),
            "schema": each,
        }
        for name, each in schema["properties"].items()
    ]


def _response(description: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(model=model.__name__)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
