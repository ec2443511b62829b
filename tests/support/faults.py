"""Faults that the loopback Discord injects into single requests."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

_HANG_SECONDS = 3600.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Call(StrEnum):
    """The requests of the bot that faults hit."""

    CALLBACK = "callback"
    EDIT = "webhook edit"
    FOLLOW_UP = "webhook post"
    MESSAGE = "message"
    TYPING = "typing"
    REACTION = "reaction"
    FETCH = "fetch message"
    COMMANDS = "commands"


class Kind(StrEnum):
    """The ways in which a request goes wrong."""

    STATUS = "status"
    CUT = "cut"
    HANG = "hang"
    SLOW = "slow"
    PAGE = "page"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure of a request, before or after it takes effect."""

    kind: Kind
    after: bool = False
    status: int = 500
    code: int = 0
    retry_after: float | None = 0.05  # of a 429
    seconds: float = 1.0  # of a slow one

    def __str__(self) -> str:
        if self.kind is Kind.SLOW:
            return "slow"
        name = str(self.status) if self.kind is Kind.STATUS else str(self.kind)
        name += f" ({self.code})" if self.code else ""
        return f"{name} {'after' if self.after else 'before'} the effect"

    async def apply(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle a request with this fault."""
        response: web.StreamResponse = web.Response()
        if self.kind is Kind.SLOW:
            await asyncio.sleep(self.seconds)
        if self.after or self.kind is Kind.SLOW:
            response = await handler(request)
        if self.kind is Kind.HANG:
            await asyncio.sleep(_HANG_SECONDS)
        if self.kind is Kind.CUT and request.transport is not None:
            request.transport.close()
        if self.kind is Kind.EMPTY:
            return web.Response(status=204)
        if self.kind is Kind.PAGE:
            return web.Response(text="<h1>Please log in</h1>", content_type="text/html")
        return self._error() if self.kind is Kind.STATUS else response

    def _error(self) -> web.Response:
        """Respond like Discord's servers, or like a proxy that asks to retry without ``Via``."""
        body = {"code": self.code, "message": "injected", "retry_after": self.retry_after}
        headers = {"Retry-After": str(self.retry_after)} if self.status == 429 else {}
        if self.retry_after is None:
            body, headers = {"message": "injected"}, {"Via": "1.1 proxy"}
        return web.Response(
            status=self.status,
            headers=headers,
            body=json.dumps(body).encode(),
            content_type="application/json",
        )


def status(number: int, code: int = 0, *, after: bool = False) -> Fault:
    """Return the fault of an error status."""
    return Fault(Kind.STATUS, after, number, code)


CUT_BEFORE, CUT_AFTER = Fault(Kind.CUT), Fault(Kind.CUT, after=True)
HANG_BEFORE, HANG_AFTER = Fault(Kind.HANG), Fault(Kind.HANG, after=True)
SLOW = Fault(Kind.SLOW)
PAGE_BEFORE, PAGE_AFTER = Fault(Kind.PAGE), Fault(Kind.PAGE, after=True)
EMPTY = Fault(Kind.EMPTY, after=True)
UNTIMED_429 = Fault(Kind.STATUS, status=429, retry_after=None)
