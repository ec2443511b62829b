"""Send requests to Discord so that no single fault loses or doubles their effect.

discord.py retries some statuses, but gives up on a broken connection, and waits minutes for one
that hangs. Here every request that serves a member is repeated until Discord has taken it. That is
safe: edits, deletions and reactions may be done twice, Discord posts one message per nonce, and it
refuses a second response to an interaction with a code of its own. Two requests have no nonce: a
private follow-up may come twice, which is better than not at all, and a forum post, which may ping
people, is tried once.
"""

import asyncio
import json
import logging
import math
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import discord
from discord.http import HTTPClient, Route
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.ui.transport.payloads import complete_response

log = logging.getLogger(__name__)

# Errors of a broken connection, whether Discord has taken the request or not.
CONNECTION_ERRORS = (aiohttp.ClientError, OSError, json.JSONDecodeError)

_ALREADY_RESPONDED = 40060  # error code of a response to an interaction that has one
_MEMBER_PATHS = (
    *("/channels/", "/interactions/", "/webhooks/"),
    *("/users/@me/channels", "/users/{user_id}", "/guilds/{guild_id}/threads/active"),
)
_TRIED_ONCE = ("/typing", "/channels/{channel_id}/threads")  # the latter creates a forum post
_POST_PATH = re.compile(r".*/channels/\d+/threads")
_TIMEOUT_SECONDS = 10.0
_OTHER_TIMEOUT_SECONDS = 30.0
_UPLOAD_TIMEOUT_SECONDS = 120.0
_PATIENCE_SECONDS = 300.0  # a later answer would surprise its asker
# Discord waits three seconds for the first response to an interaction.
_RESPONSE_TIMEOUT_SECONDS = 1.3
_RESPONSE_PATIENCE_SECONDS = 10.0
_MAX_CONNECTIONS = 64  # a burst of questions would spend its time on handshakes
_FIRST_DELAY_SECONDS = 0.2
_MAX_DELAY_SECONDS = 15.0


class ReliableHTTPClient(HTTPClient):
    """The client for everything but interactions."""

    async def static_login(self, token: str) -> Any:
        """Log in with a session that keeps and reuses a number of connections."""
        self.http_trace = aiohttp.TraceConfig()
        self.http_trace.on_request_end.append(_raise_failed_post)
        self.connector = aiohttp.TCPConnector(limit=_MAX_CONNECTIONS)
        return await super().static_login(token)

    async def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,
        form: Iterable[dict[str, Any]] | None = None,
        **options: Any,
    ) -> Any:
        """Send a request, repeatedly if that serves a member. Raises the last error."""
        send = super().request
        serves_member = route.path.startswith(_MEMBER_PATHS)
        repeated = serves_member and not route.path.endswith(_TRIED_ONCE)
        seconds = _TIMEOUT_SECONDS if serves_member else _OTHER_TIMEOUT_SECONDS
        options.setdefault("timeout", _timeout(seconds, files))
        return await repeat(
            lambda: _read(send(route, files=files, form=form, **options)),
            _PATIENCE_SECONDS if repeated else 0.0,
            files or (),
        )

    async def close(self) -> None:
        """Close the session; the next login opens a new one."""
        await super().close()
        self.clear()


class ReliableWebhookAdapter(AsyncWebhookAdapter):
    """The client for responses to interactions, and for their edits."""

    async def request(
        self,
        route: Route,
        session: aiohttp.ClientSession,
        *,
        files: Sequence[discord.File] | None = None,
        **options: Any,
    ) -> Any:
        """Send a request repeatedly. Raises the last error.

        A response is taken as received if an earlier attempt may have been: the edit that follows
        shows whether it was.
        """
        send = super().request
        is_response = route.path.endswith("/callback")
        seconds = _RESPONSE_TIMEOUT_SECONDS if is_response else _TIMEOUT_SECONDS
        watched = _WatchedSession(session, _timeout(seconds, files))
        received = {"interaction": {"id": route.webhook_id, "type": 0}} if is_response else ""
        try:
            session = cast("aiohttp.ClientSession", watched)
            data = await repeat(
                lambda: _read(send(route, session, files=files, **options)),
                _RESPONSE_PATIENCE_SECONDS if is_response else _PATIENCE_SECONDS,
                files or (),
            )
        except (*CONNECTION_ERRORS, discord.HTTPException) as error:
            if not (is_response and (watched.may_be_received or is_second_response(error))):
                raise
            log.info("taking a response to an interaction as received: %s", error)
            return received
        return data or received  # without a body, Discord has taken a response all the same


class _WatchedSession:
    """A session with another timeout, for which discord.py has no parameter.

    ``may_be_received`` is True once a request may have taken effect: Discord did not answer it, or
    did not blame it. discord.py repeats some requests itself.
    """

    def __init__(self, session: aiohttp.ClientSession, timeout: aiohttp.ClientTimeout) -> None:
        self._session = session
        self._timeout = timeout
        self.may_be_received = False

    @asynccontextmanager
    async def request(
        self, method: str, url: str, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request."""
        before, self.may_be_received = self.may_be_received, True
        async with self._session.request(method, url, timeout=self._timeout, **options) as response:
            self.may_be_received = before or not 400 <= response.status < 500
            yield response


async def repeat(
    send: Callable[[], Awaitable[Any]], patience_seconds: float, files: Sequence[discord.File] = ()
) -> Any:
    """Call ``send`` until it succeeds, for at most that long. Raises its last error."""
    deadline = time.monotonic() + patience_seconds
    for delay_seconds in backoff_delays(_FIRST_DELAY_SECONDS, _MAX_DELAY_SECONDS):
        try:
            return await send()
        except (*CONNECTION_ERRORS, discord.HTTPException) as error:
            wait_seconds = max(delay_seconds, _required_delay(error))
            if time.monotonic() + wait_seconds > deadline:
                raise
            log.debug("repeating a request to Discord in %.1f s: %r", wait_seconds, error)
        await asyncio.sleep(wait_seconds)
        for file in files:
            file.reset(seek=True)
    raise AssertionError("unreachable: the delays are endless")


def backoff_delays(first_seconds: float, max_seconds: float) -> Iterator[float]:
    """Yield delays that double up to a maximum, without end."""
    while True:
        yield first_seconds
        first_seconds = min(2 * first_seconds, max_seconds)


def _required_delay(error: Exception) -> float:
    """Return the delay that a 429 asks for, and infinity for errors that a retry cannot fix.

    discord.py mistakes a 429 without the header Via for an IP ban, and does not retry it.
    """
    if not isinstance(error, discord.HTTPException):
        return 0.0
    if error.status != 429:
        return 0.0 if is_temporary(error) else math.inf
    try:
        return float(error.response.headers.get("Retry-After") or math.inf)
    except ValueError:
        return math.inf


async def _read(sending: Awaitable[Any]) -> Any:
    """Return the JSON of a response, or an empty text.

    Raises ClientPayloadError for a page in its place, which comes from a proxy or a Wi-Fi login.
    """
    try:
        data = await sending
    except (KeyError, TypeError) as error:  # discord.py found no delay in a 429
        raise aiohttp.ClientPayloadError("Discord's response cannot be read") from error
    except discord.HTTPException as error:
        if details := _json_object(error.text):
            raise type(error)(error.response, details) from error
        raise
    if isinstance(data, str) and data.strip():
        data = _json_object(data)
        if data is None:
            raise aiohttp.ClientPayloadError("not a response of Discord's, but a page")
    return complete_response(data)


def _json_object(text: str) -> Any:
    """Return the JSON object in a text, or None.

    discord.py takes JSON for text if its type has a parameter, as in ``; charset=utf-8``.
    """
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def is_temporary(error: discord.HTTPException) -> bool:
    """Return whether a retry may succeed: Discord or Cloudflare in front of it is down or busy."""
    return error.status == 429 or error.status >= 500


def is_second_response(error: Exception) -> bool:
    """Return whether Discord refused a response because the interaction has one already."""
    return isinstance(error, discord.HTTPException) and error.code == _ALREADY_RESPONDED


async def _raise_failed_post(
    _session: aiohttp.ClientSession, _context: object, params: aiohttp.TraceRequestEndParams
) -> None:
    """Raise a ClientError for a forum post that failed; discord.py would create it again."""
    if params.response.status >= 500 and _POST_PATH.fullmatch(params.url.path):
        params.response.close()
        raise aiohttp.ClientError(f"Discord responded with {params.response.status}")


def _timeout(seconds: float, files: Sequence[discord.File] | None) -> aiohttp.ClientTimeout:
    """Limit the time of a request, but not that of waiting for a connection to be free."""
    seconds = _UPLOAD_TIMEOUT_SECONDS if files else seconds
    return aiohttp.ClientTimeout(sock_connect=seconds, sock_read=seconds)
