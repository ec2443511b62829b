"""Where on the net a link leads, and whether a stranger may send us there."""

import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from index.errors import ReadError

_PORTS = {"http": 80, "https": 443}
_MAX_TRIES = 4  # addresses of one host
_LONGEST = 2_000  # characters of a link
WANTED = "wanted an http:// or https:// link"
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9a-fA-F:.]+")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: carries an IPv4 address
_SAFE = "/:?#[]@!$&'()*+,;=%~"  # characters of a path and a query that stay as they are

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class ResolvedAddress:
    """A link in parts; ``target`` is its path with its query, as a request names it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as a link and the Host header have them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def place(url: str) -> ResolvedAddress:
    """The parts of a link. Raises ReadError for one that no article is behind."""
    if len(url) > _LONGEST or re.search(r"[\x00-\x20\x7f]", url):
        raise ReadError(f"a link of {len(url)} characters with blanks or controls; {WANTED}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if host and ":" not in host:
            host = host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise ReadError(f"no link ({error}); {WANTED}") from error
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise ReadError(f"{parts.scheme or 'no'} link to {host!a}; {WANTED}")
    if parts.username is not None or parts.password is not None:
        raise ReadError(f"a link with a name or password in it; {WANTED} without")
    query = f"?{parts.query}" if parts.query else ""
    target = quote((parts.path or "/") + query, safe=_SAFE)
    return ResolvedAddress(parts.scheme, host, port or _PORTS[parts.scheme], target)


def connect(at: ResolvedAddress, timeout_seconds: float, *, private: bool) -> socket.socket:
    """A connection to an address of the place that was checked; https has yet to shake hands.

    Raises ReadError when one of its addresses is private and ``private`` is not allowed, OSError
    when none can be reached.
    """
    addresses = _addresses(at)
    if not private:
        _refuse_private(at, addresses)
    plain = _first(addresses, at.port, timeout_seconds)
    if at.scheme == "http":
        return plain
    context = ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=at.host, do_handshake_on_connect=False)


def is_public(address: Address) -> bool:
    """Whether an address is anybody's on the net, also where it carries another one inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(is_public(carried) for carried in inside if carried is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast


def _addresses(at: ResolvedAddress) -> list[Address]:
    try:
        found = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ReadError(f"no address of {at.host} is known ({error})") from error
    hosts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ipaddress.ip_address(host) for host in hosts]


def _refuse_private(at: ResolvedAddress, addresses: list[Address]) -> None:
    for address in addresses:
        if not is_public(address):
            raise ReadError(
                f"{at.host} is at {address}, a private address; wanted a public one, or "
                "private addresses allowed"
            )


def _first(addresses: list[Address], port: int, timeout_seconds: float) -> socket.socket:
    """A connection to the first address that answers."""
    failed: OSError = OSError("no address")
    for address in addresses[:_MAX_TRIES]:
        try:
            return socket.create_connection((str(address), port), timeout=timeout_seconds)
        except OSError as error:
            failed = error
    raise failed
