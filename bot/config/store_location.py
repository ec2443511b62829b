"""Tell a SQLite file from a PostgreSQL database in the setting QUOTH_STORE."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator

_SCHEMES = ("postgresql://", "postgres://")
_ANY_SCHEME = re.compile(r"\w[\w+.-]*:/")
_PORT = re.compile(r":([^\]:]*)$")  # of a host; the colons in [::1] are none
_MAX_PORT = 65_535
_PASSWORD_PARAMETERS = re.compile(r"([?&](?:ssl)?password=)[^&]*")


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """The address of a PostgreSQL database. Only ``value`` shows its password."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        """Return the address without its password, for logs and messages."""
        url = urlsplit(self.value)
        user_and_password, at, host = url.netloc.rpartition("@")
        user = user_and_password.partition(":")[0]
        shown = url._replace(netloc=f"{user}{at}{host}").geturl()
        return _PASSWORD_PARAMETERS.sub(r"\1…", shown)


def _parse(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.startswith(_SCHEMES):
        _check_ports(value)
        return PostgresUrl(value)
    if _ANY_SCHEME.match(value):
        raise ValueError("expected a file, or an address that starts with postgresql://")
    return Path(value)


def _check_ports(url: str) -> None:
    """Raise ValueError if the port of a host is no number; a database may have several hosts."""
    for host in urlsplit(url).netloc.rpartition("@")[2].split(","):
        port = _PORT.search(host)
        if port and port[1] and not (port[1].isdecimal() and 0 < int(port[1]) <= _MAX_PORT):
            raise ValueError(f"the port of its host is no number from 1 to {_MAX_PORT}")


# The SQLite file, or the database, with what the bot has to remember.
StoreLocation = Annotated[Path | PostgresUrl, BeforeValidator(_parse)]
