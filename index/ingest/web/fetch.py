"""Fetch one document from the web: within limits, as robots.txt allows, from public addresses only.

Every hop is looked up, checked and connected to by the very address that was checked, so that a
name cannot point elsewhere a moment later. No cookie, no script, no proxy.
"""

import http.client
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urljoin

from index.errors import ReadError
from index.ingest.web.addresses import WANTED, ResolvedAddress, connect, place
from index.ingest.web.robots import AGENT, Robots

MAX_BYTES = 20_000_000
_MAX_ROBOTS = 500_000  # RFC 9309, 2.5
_MAX_REDIRECTS = 5
_SECONDS = 30
_CHUNK = 65_536
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADERS = {
    "User-Agent": f"{AGENT}/1 (saves articles that a person asked for)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,application/epub+zip,"
    "application/rss+xml,application/atom+xml,text/*;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back: the address it came from in the end, media type, charset, bytes."""

    url: str
    media_type: str
    data: bytes
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much a fetch may take, and whether it may reach private addresses."""

    max_bytes: int = MAX_BYTES
    seconds: float = _SECONDS
    max_redirects: int = _MAX_REDIRECTS
    private: bool = False
    robots: bool = True


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Message
    data: bytes


def fetch(url: str, limits: FetchLimits | None = None) -> Fetched:
    """The document at ``url``. Raises ReadError that says what was found and what was wanted."""
    limits = limits or FetchLimits()
    until = time.monotonic() + limits.seconds
    try:
        return _followed(url, limits, until)
    except ReadError as error:
        raise ReadError(f"{url}: {error}") from error


def _followed(url: str, limits: FetchLimits, until: float) -> Fetched:
    allowed: dict[tuple[str, str, int], Robots] = {}
    for _ in range(limits.max_redirects + 1):
        at = place(url)
        if limits.robots:
            _ask_leave(at, limits, until, allowed)
        reply = _get(at, limits, until, limits.max_bytes)
        location = reply.headers.get("Location")
        if reply.status not in _REDIRECTS or not location:
            return _fetched(url, reply)
        url = _joined(url, location)
    raise ReadError(f"more than {limits.max_redirects} redirects; wanted the final address")


def _joined(url: str, location: str) -> str:
    """Where a redirect leads; http.client took its UTF-8 for Latin-1."""
    target = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise ReadError(f"a redirect to no link; {WANTED}") from error


def _fetched(url: str, reply: _Reply) -> Fetched:
    if reply.status != http.client.OK:
        reason = http.client.responses.get(reply.status, "unknown")
        raise ReadError(f"the server answers {reply.status} ({reason}); wanted 200")
    if not reply.data.strip():
        raise ReadError("the server sends nothing; wanted a document")
    headers = reply.headers
    return Fetched(url, headers.get_content_type(), reply.data, headers.get_content_charset())


def _ask_leave(
    at: ResolvedAddress,
    limits: FetchLimits,
    until: float,
    allowed: dict[tuple[str, str, int], Robots],
) -> None:
    """Raises ReadError when the host's robots.txt keeps us away from this path."""
    host = (at.scheme, at.host, at.port)
    if host not in allowed:
        allowed[host] = _robots(at, limits, until)
    if not allowed[host].allows(at.target):
        raise ReadError(
            f"robots.txt of {at.host} keeps programs away from it; "
            "wanted the page saved by hand: quoth add FILE"
        )


def _robots(at: ResolvedAddress, limits: FetchLimits, until: float) -> Robots:
    """The rules of a host: all is allowed where there are none, nothing where it fails."""
    url = f"{at.scheme}://{at.authority}/robots.txt"
    for _ in range(limits.max_redirects + 1):
        reply = _get(place(url), limits, until, _MAX_ROBOTS, cut=True)
        location = reply.headers.get("Location")
        if reply.status not in _REDIRECTS or not location:
            break
        url = _joined(url, location)
    if reply.status >= http.client.INTERNAL_SERVER_ERROR:
        raise ReadError(f"robots.txt of {at.host} answers {reply.status}; wanted it or none")
    found = reply.status == http.client.OK
    return Robots.parse(reply.data.decode("utf-8", "replace")) if found else Robots()


def _get(
    at: ResolvedAddress, limits: FetchLimits, until: float, most: int, *, cut: bool = False
) -> _Reply:
    """One request; ``cut`` takes the beginning of what is too long instead of refusing it."""
    connection = http.client.HTTPConnection(at.host, at.port)
    try:
        with _deadline(connection, until):
            connection.auto_open = 0  # never by name again: only the address that was checked
            connection.sock = connect(at, _left(until), private=limits.private)
            if isinstance(connection.sock, ssl.SSLSocket):
                connection.sock.do_handshake()
            connection.request("GET", at.target, headers={"Host": at.authority, **_HEADERS})
            response = connection.getresponse()
            _refuse_length(response, most, cut=cut)
            data = _read(response, most, until, cut=cut)
            return _Reply(response.status, response.headers, data)
    except (http.client.HTTPException, OSError, ssl.SSLError, zlib.error, ValueError) as error:
        _left(until)
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ReadError(f"{at.host} cannot be reached ({reason})") from error
    finally:
        connection.close()


@contextmanager
def _deadline(connection: http.client.HTTPConnection, until: float) -> Iterator[None]:
    """Hang up when time is over, however slowly the other side drips."""

    def hang_up() -> None:
        with suppress(OSError, AttributeError):
            connection.sock.shutdown(2)

    timer = threading.Timer(_left(until), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise ReadError("took too long; wanted an answer within the time limit")
    return left


def _refuse_length(response: http.client.HTTPResponse, most: int, *, cut: bool) -> None:
    if not cut and response.length is not None and response.length > most:
        raise ReadError(f"{response.length:,} bytes, wanted {most:,} at most")


def _read(response: http.client.HTTPResponse, most: int, until: float, *, cut: bool) -> bytes:
    """The body, unpacked, as far as it may go."""
    coding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip"}:
        raise ReadError(f"its content is packed as {coding!a}; wanted gzip or plain")
    unpack = None if coding == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 16)
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        _left(until)
        body += chunk if unpack is None else unpack.decompress(chunk, most + 1 - len(body))
        if len(body) > most and not cut:
            raise ReadError(f"more than {most:,} bytes; wanted a smaller document")
        if len(body) >= most and cut:
            break
    _left(until)
    if not cut and (response.length or (unpack is not None and body and not unpack.eof)):
        raise ReadError("the answer broke off before its end; wanted all of it: try again")
    return bytes(body[:most])
