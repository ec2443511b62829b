"""Decide whether to serve a request: token, Host and Origin, and how often a client may ask.

A page in a browser can send requests to this machine: its Host names the page's own server (DNS
rebinding) or its Origin does. So on the loopback interface only known hosts are served; elsewhere a
token is needed, which such a page does not have.
"""

import hmac
import ipaddress
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from bot.config.settings import Settings
from index.errors import SettingsError

MAX_BODY_BYTES = 64 * 1024
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_MAX_CLIENTS = 10_000  # before those that have waited long enough are forgotten
_IPV6_PREFIX = 64  # bits; a client usually has all addresses behind them


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply to a request that is not served."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class RequestLimiter:
    """Let each client send ``per_minute`` requests a minute, and as many at once (token bucket)."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    _full_at: dict[str, float] = field(default_factory=dict)  # when a client's bucket is full again

    def wait_seconds(self, client: str) -> float:
        """Count a request; return 0, or how long the client has to wait instead."""
        now, interval = self.clock(), 60 / self.per_minute
        full_at = max(now, self._full_at.get(client, now)) + interval
        if full_at - now > 60:
            return full_at - now - 60
        if len(self._full_at) >= _MAX_CLIENTS:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        if len(self._full_at) >= _MAX_CLIENTS:  # all at once: bound the memory before fairness
            self._full_at.clear()
        self._full_at[client] = full_at
        return 0.0


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The checks before a request is served; ``hosts`` None accepts every Host header."""

    token: str | None
    hosts: frozenset[str]
    loopback: bool
    proxied: bool
    limiter: RequestLimiter

    @classmethod
    def from_settings(cls, settings: Settings, host: str) -> Self:
        """Create for a server on ``host``. Raises SettingsError if it needs a token."""
        loopback, token = is_loopback(host), settings.serve_token
        if not loopback and token is None:
            raise SettingsError(
                f"{host} can be reached from other machines: set QUOTH_SERVE_TOKEN to a secret of "
                "16 characters or more, or serve on 127.0.0.1"
            )
        public = urlsplit(settings.public_url or "").hostname
        return cls(
            token=token.get_secret_value() if token else None,
            hosts=_LOOPBACK_NAMES | ({public} if public else set()),
            loopback=loopback,
            proxied=public is not None and loopback,
            limiter=RequestLimiter(settings.serve_rate),
        )

    def check(
        self, peer: str | None, headers: Mapping[str, str], *, needs_token: bool = True
    ) -> Refusal | None:
        """Return why a request is refused, or None. Names of ``headers`` ignore case."""
        host = _hostname(f"//{headers.get('host', '')}")
        if self.loopback and host not in self.hosts:
            return Refusal(421, "this server does not have that name; use 127.0.0.1")
        origin = headers.get("origin")
        if origin is not None and _hostname(origin) not in self.hosts | {host or ""}:
            return Refusal(403, "requests from web pages of other servers are refused")
        if seconds := self.limiter.wait_seconds(self._client(peer, headers)):
            wait = math.ceil(seconds)
            return Refusal(429, f"too many requests; wait {wait} s", {"Retry-After": str(wait)})
        if needs_token and not self._has_token(headers.get("authorization", "")):
            headers = {"WWW-Authenticate": "Bearer"}
            return Refusal(401, "send the token as Authorization: Bearer TOKEN", headers)
        return None

    def _client(self, peer: str | None, headers: Mapping[str, str]) -> str:
        """Return the address of the client, which a proxy on this machine tells last."""
        forwarded = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return _network(forwarded if self.proxied and forwarded else peer or "")

    def _has_token(self, authorization: str) -> bool:
        if self.token is None:
            return True
        scheme, _, sent = authorization.partition(" ")
        same = hmac.compare_digest(sent.strip().encode("utf-8", "replace"), self.token.encode())
        return same and scheme.lower() == "bearer"


def is_loopback(host: str) -> bool:
    """Return whether a server on ``host`` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # such as an address in brackets that is none
        return None


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:50]
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
