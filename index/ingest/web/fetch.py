"""Fetch documents from public web addresses, within limits and as robots.txt allows.

No cookies, no proxy, no scripts. Redirects are followed one at a time, so that each URL is checked
like the first.
"""

import asyncio
import http.client
import math
import os
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin

import aiohttp
import yarl
from protego import Protego

from index.errors import ReadError
from index.ingest.parsing.guard import error_line
from index.ingest.web.addresses import EXPECTED_URL, open_public_socket, parse_url
from index.ingest.web.robots import RobotsCache

MAX_BYTES = 20_000_000
USER_AGENT = "Quoth"
_MAX_ROBOTS_BYTES = 500_000  # RFC 9309, section 2.5
_CHUNK_BYTES = 65_536
_MAX_HEADER_BYTES = 65_536
_REDIRECTS = {301, 302, 303, 307, 308}
_BUSY = http.client.TOO_MANY_REQUESTS
_HEADERS = {
    "User-Agent": f"{USER_AGENT}/1 (saves articles that a person asked for)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,application/epub+zip,"
    "application/rss+xml,application/atom+xml,text/*;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True, slots=True)
class Validators:
    """Headers of an earlier response; a server that still has the same answers 304 to them."""

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "Validators":
        """Take them from a response."""
        return cls(headers.get("ETag"), headers.get("Last-Modified"))

    def request_headers(self) -> dict[str, str]:
        """Return the headers of a conditional request."""
        names = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in names.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched document; ``url`` is its address after redirects."""

    url: str
    media_type: str
    data: bytes
    charset: str | None = None
    validators: Validators = Validators()


class HttpStatusError(ReadError):
    """The server answered with another status than 200 or 304.

    ``retry_after_seconds`` is how long it wants to be left alone; None if it does not say.
    """

    def __init__(self, message: str, status: int, retry_after_seconds: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_gone(self) -> bool:
        """True if the server says that there is no such page."""
        return self.status in {http.client.NOT_FOUND, http.client.GONE}


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits of a fetch, all redirects included, and what it may access."""

    max_bytes: int = MAX_BYTES
    timeout_seconds: float = 30
    max_redirects: int = 5
    allow_private: bool = False
    respect_robots: bool = True


def fetch(url: str, limits: FetchLimits | None = None) -> Fetched:
    """Fetch the document at ``url``. Raises ReadError if that fails or exceeds a limit."""
    fetched = fetch_if_changed(url, Validators(), limits)
    if fetched is None:
        raise ReadError(f"{url}: the server sent no document, although none was fetched before")
    return fetched


def fetch_if_changed(
    url: str,
    validators: Validators,
    limits: FetchLimits | None = None,
    robots: RobotsCache | None = None,
) -> Fetched | None:
    """Fetch the document at ``url``, or return None if it is as it was with ``validators``.

    ``robots`` keeps the rules of hosts for further calls. Raises HttpStatusError for an answer
    other than 200 and 304, and ReadError if the request fails or exceeds a limit.
    """
    limits = limits or FetchLimits()
    try:
        return asyncio.run(_fetch(url, validators, limits, robots or RobotsCache()))
    except TimeoutError as error:
        raise ReadError(
            f"{url}: took too long (over {limits.timeout_seconds:g} seconds); try again later"
        ) from error
    except HttpStatusError as error:
        message = f"{url}: {error}"
        raise HttpStatusError(message, error.status, error.retry_after_seconds) from error
    except ReadError as error:
        raise ReadError(f"{url}: {error}") from error


async def _fetch(
    url: str, validators: Validators, limits: FetchLimits, robots: RobotsCache
) -> Fetched | None:
    connector = aiohttp.TCPConnector(
        resolver=aiohttp.ThreadedResolver(),
        socket_factory=None if limits.allow_private else open_public_socket,
        happy_eyeballs_delay=None,
        force_close=True,
    )
    async with (
        asyncio.timeout(limits.timeout_seconds),
        aiohttp.ClientSession(
            connector=connector,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),
            auto_decompress=False,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
        ) as session,
    ):
        return await _Fetcher(session, limits, robots, validators.request_headers()).fetch(url)


@dataclass(slots=True)
class _Fetcher:
    """Follow redirects within one session; ``conditions`` are sent for the document only."""

    session: aiohttp.ClientSession
    limits: FetchLimits
    robots: RobotsCache
    conditions: dict[str, str]

    async def fetch(self, url: str) -> Fetched | None:
        url, response, data = await self._follow(url)
        if response.status in _REDIRECTS and "Location" in response.headers:
            raise ReadError(f"over {self.limits.max_redirects} redirects; use the final address")
        if response.status == http.client.NOT_MODIFIED and self.conditions:
            return None
        if response.status != http.client.OK:
            reason = http.client.responses.get(response.status, "unknown")
            raise HttpStatusError(
                f"the server answered {response.status} ({reason}); check the link, or try later",
                response.status,
                _retry_after_seconds(response.headers.get("Retry-After", "")),
            )
        if not data.strip():
            raise ReadError("the server sent an empty document; check the link")
        headers = Message()
        headers["Content-Type"] = response.headers.get("Content-Type", "text/plain")
        return Fetched(
            url,
            headers.get_content_type(),
            data,
            headers.get_content_charset(),
            Validators.from_headers(response.headers),
        )

    async def _follow(
        self, url: str, *, is_robots: bool = False
    ) -> tuple[str, aiohttp.ClientResponse, bytes]:
        """Follow redirects up to the limit; return the last URL, the response and its body."""
        for _ in range(self.limits.max_redirects + 1):
            target = parse_url(url)
            if self.limits.respect_robots and not is_robots:
                await self._check_robots(target)
            response, data = await self._get(target, is_robots=is_robots)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                break
            try:
                url = urljoin(url, location)
            except ValueError as error:
                raise ReadError(f"redirected to an invalid link; {EXPECTED_URL}") from error
        return url, response, data

    async def _check_robots(self, target: SplitResult) -> None:
        """Raise ReadError if the host's robots.txt disallows the URL or cannot be fetched.

        Without a robots.txt everything is allowed.
        """
        url = f"{target.scheme}://{target.netloc}/robots.txt"
        rules = self.robots.get(url)
        if rules is None:
            rules = await self._fetch_robots(url, target)
        if not rules.can_fetch(target.geturl(), USER_AGENT):
            raise ReadError(
                f"robots.txt of {target.hostname} disallows it; "
                "save the page by hand and run: quoth add FILE"
            )

    async def _fetch_robots(self, url: str, target: SplitResult) -> Protego:
        """Fetch and keep a robots.txt. Raises ReadError while its server cannot answer."""
        _, response, data = await self._follow(url, is_robots=True)
        if response.status >= http.client.INTERNAL_SERVER_ERROR or response.status == _BUSY:
            raise ReadError(
                f"robots.txt of {target.hostname} answers {response.status}; try again later"
            )
        text = data.decode("utf-8-sig", "replace") if response.status == http.client.OK else ""
        return self.robots.put(url, text, response.headers.get("Cache-Control", ""))

    async def _get(
        self, target: SplitResult, *, is_robots: bool
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        """Send one request. A robots.txt that is too long is truncated, not rejected."""
        url = yarl.URL(target.geturl(), encoded=True)
        max_bytes = _MAX_ROBOTS_BYTES if is_robots else self.limits.max_bytes
        try:
            headers = {} if is_robots else self.conditions
            async with self.session.get(url, headers=headers, allow_redirects=False) as response:
                return response, await _read_body(response, max_bytes, truncate=is_robots)
        except aiohttp.ClientPayloadError as error:
            raise ReadError("the response broke off before its end; try again") from error
        except (aiohttp.ClientError, OSError, zlib.error, ValueError) as error:
            raise ReadError(
                f"{target.hostname} cannot be reached ({_cause(error)}); check the link"
            ) from error


def _retry_after_seconds(value: str) -> float | None:
    """Parse a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3)."""
    try:
        seconds = float(value) if value else math.nan
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _cause(error: Exception) -> str:
    """Say why a request failed, without the host, which aiohttp's messages repeat."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ConnectionError) and cause.errno:
        return os.strerror(cause.errno)
    return getattr(cause, "strerror", None) or error_line(cause)


async def _read_body(response: aiohttp.ClientResponse, max_bytes: int, *, truncate: bool) -> bytes:
    """Read and decompress a response; past ``max_bytes`` truncate it or raise ReadError.

    Decompressing here bounds memory: aiohttp would decompress a whole chunk at once.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise ReadError(f"the response has the encoding {encoding!a}; only gzip is supported")
    length = response.content_length or 0
    if length > max_bytes and not truncate:
        raise ReadError(f"it has {length:,} bytes; the limit is {max_bytes:,}")
    decompressor = None if encoding == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 16)
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += decompressor.decompress(chunk, max_bytes + 1 - len(body)) if decompressor else chunk
        if len(body) > max_bytes and not truncate:
            raise ReadError(f"it has more than {max_bytes:,} bytes, which is the limit")
        if len(body) > max_bytes or (decompressor and decompressor.eof):
            break
    if decompressor and body and not (decompressor.eof or truncate):
        raise ReadError("the response broke off before its end; try again")
    return bytes(body[:max_bytes])
