"""Check URLs and network addresses before anything is fetched from them."""

import ipaddress
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from index.errors import ReadError

if TYPE_CHECKING:  # the process that fetches repositories starts faster without it
    from aiohttp import AddrInfoType

EXPECTED_URL = "expected an http:// or https:// link"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_URL_CHARS = 2_000
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: carries an IPv4 address
_UNQUOTED = "/:?#[]@!$&'()*+,;=%~"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_url(url: str) -> SplitResult:
    """Parse and normalize an http or https URL: ASCII host, percent-encoded path, no fragment.

    Raises ReadError for any other URL, and for one that carries a user name or password.
    """
    if len(url) > _MAX_URL_CHARS or re.search(r"[\x00-\x20\x7f]", url):
        raise ReadError(f"the link is too long or has spaces in it; {EXPECTED_URL}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if host and ":" not in host:
            host = host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise ReadError(f"invalid link ({error}); {EXPECTED_URL}") from error
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        place = f"to {host!a}" if host else "without a host"
        kind = f"{parts.scheme} link {place}" if parts.scheme else f"{url[:80]!a} is not a link"
        raise ReadError(f"{kind}; {EXPECTED_URL}")
    if parts.username is not None or parts.password is not None:
        raise ReadError(f"a link with a user name or password; {EXPECTED_URL} without one")
    netloc = f"[{host}]" if ":" in host else host
    if port and port != _DEFAULT_PORTS[parts.scheme]:
        netloc += f":{port}"
    path, query = (quote(p, safe=_UNQUOTED, errors="replace") for p in (parts.path, parts.query))
    return SplitResult(parts.scheme, netloc, path or "/", query, "")


def is_public(address: Address) -> bool:
    """Return whether an address, and any address embedded in it, is publicly routable."""
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(embedded)
    return address.is_global and not address.is_multicast


def open_public_socket(address_info: "AddrInfoType") -> socket.socket:
    """Create the socket for a connection. Raises ReadError if the address is private.

    aiohttp connects the socket to this address, so a host name cannot change its address between
    the check and the connection.
    """
    family, kind, protocol, _, (host, *_) = address_info
    if not is_public(ipaddress.ip_address(host.partition("%")[0])):
        raise ReadError(f"it is at {host}, a private address; pass --private to allow it")
    return socket.socket(family, kind, protocol)
