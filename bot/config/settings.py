"""Settings from the environment and `.env`; read once, in `main`, and passed down."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from bot.config.env_file import read_env_file
from bot.config.shards import ShardRange
from bot.config.store_location import PostgresUrl, StoreLocation
from index.errors import SettingsError

if TYPE_CHECKING:
    from index.store.backend import ClusterAddress

_MIN_SECRET_CHARS = 16
_SECRET_SETTINGS = ("_TOKEN", "_STORE", "_MILVUS")  # an address may hold a password

_EXPECTED = {  # by pydantic's type of error
    "int_parsing": "expected a whole number",
    "bool_parsing": "expected 1 or 0",
    "greater_than_equal": "expected {ge} or more",
    "less_than_equal": "expected {le} or less",
    "literal_error": "expected {expected}",
}


def _parse_collections(text: object) -> object:
    """Parse ``1234=news+help;98=private``: the collections of each server, by server id."""
    if not isinstance(text, str):
        return text
    pairs = (pair.partition("=") for pair in text.split(";") if pair.strip())
    collections = {server.strip(): _parse_folders(folders) for server, _, folders in pairs}
    if any(not folders for folders in collections.values()):
        raise ValueError(
            "expected SERVER=FOLDER+FOLDER;SERVER=FOLDER, with folders directly inside seeds"
        )
    return collections


def _parse_folders(text: str) -> tuple[str, ...]:
    """Split folder names at ``+``; return () if one does not name a folder inside seeds."""
    names = tuple(name.strip() for name in text.split("+"))
    return () if any(name in {"", ".", ".."} or "/" in name for name in names) else names


def _split_list(text: object) -> object:
    return tuple(text.replace(",", " ").split()) if isinstance(text, str) else text


def _parse_names(text: object) -> object:
    """Parse ``news+help``: names of folders directly inside seeds."""
    if not isinstance(text, str):
        return text
    names = _parse_folders(text)
    if not names:
        raise ValueError("expected FOLDER+FOLDER, with folders directly inside seeds")
    return names


def _parse_public_url(text: object) -> object:
    if not isinstance(text, str):
        return text
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError("expected an address such as https://quotes.example.org")
    return text.rstrip("/")


def _parse_milvus(text: object) -> object:
    if not isinstance(text, str):
        return text
    url = urlsplit(text)
    if url.scheme not in {"http", "https", "tcp"} or not url.hostname:
        raise ValueError("expected an address such as http://localhost:19530")
    return text


def _parse_shards(text: object) -> object:
    return ShardRange.parse(text) if isinstance(text, str) else text


def _parse_json(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"expected JSON ({error})") from None


def _require_long_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < _MIN_SECRET_CHARS:
        raise ValueError(f"it must have {_MIN_SECRET_CHARS} characters or more")
    return secret


Collections = Annotated[dict[int, tuple[str, ...]], BeforeValidator(_parse_collections)]
FolderNames = Annotated[tuple[str, ...], BeforeValidator(_parse_names)]
PublicUrl = Annotated[str, BeforeValidator(_parse_public_url)]
MilvusUri = Annotated[str, BeforeValidator(_parse_milvus)]
Shards = Annotated[ShardRange, BeforeValidator(_parse_shards)]
ServeToken = Annotated[SecretStr, AfterValidator(_require_long_secret)]
ToolName = Literal["ask", "search", "show", "sources", "verify"]
ToolDescriptions = Annotated[dict[ToolName, str], BeforeValidator(_parse_json)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]
LogStyle = Annotated[Literal["auto", "human", "json"], BeforeValidator(str.lower)]
# The values of index.search.verdict.Strictness, without importing the search.
StrictnessName = Literal["strict", "balanced", "generous"]
ServerIds = Annotated[tuple[int, ...], BeforeValidator(_split_list)]


class Settings(BaseModel):
    """Every setting with its default; `.env.example` explains each of them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    discord_token: SecretStr | None = Field(default=None, repr=False)
    seeds: Path = Path("seeds")
    index: Path = Path("data/index")
    store: StoreLocation = Path("data/quoth.sqlite3")
    milvus: MilvusUri | None = Field(default=None, repr=False)  # the address may hold a password
    milvus_token: SecretStr | None = Field(default=None, repr=False)
    encoder: str | None = None
    device: str | None = None
    reranker: str | None = None
    quotes: int = Field(default=5, ge=1, le=5)
    strictness: Annotated[StrictnessName, BeforeValidator(str.lower)] = "balanced"
    collections: Collections = Field(default_factory=dict)
    curators: ServerIds = ()
    shards: Shards | None = None
    log_level: LogLevel = "INFO"
    log_style: LogStyle = "auto"
    health_port: int | None = Field(default=None, ge=1, le=65535)
    public_url: PublicUrl | None = None
    serve_port: int | None = Field(default=None, ge=1, le=65535)
    serve_host: str = "127.0.0.1"
    serve_token: ServeToken | None = Field(default=None, repr=False)
    serve_collections: FolderNames = ()
    approve_percent: int = Field(default=20, ge=0, le=100)
    watch: bool = False
    serve_rate: int = Field(default=120, ge=1, le=100_000)
    tool_descriptions: ToolDescriptions = Field(default_factory=dict)

    @property
    def cluster(self) -> "ClusterAddress | None":
        """The cluster that the index is in; None for a folder. Raises SettingsError."""
        if self.milvus is None:
            return None
        from index.store.backend import ClusterAddress  # noqa: PLC0415 - loads NumPy

        store = self.store
        if not isinstance(store, PostgresUrl):
            raise SettingsError(
                "QUOTH_MILVUS needs a database, too: set QUOTH_STORE to postgresql://...; "
                "see .env.example"
            )
        token = self.milvus_token.get_secret_value() if self.milvus_token else None
        return ClusterAddress(self.milvus, store.value, token)

    def check_shards(self) -> None:
        """Raise SettingsError if shards are left to processes that could not use the store."""
        if self.shards and not self.shards.is_complete and isinstance(self.store, Path):
            raise SettingsError(
                f"QUOTH_SHARDS is {self.shards}, which leaves shards to other processes, and "
                f"these cannot use the file {self.store}: set QUOTH_STORE to a postgresql:// "
                "address that all processes share"
            )


def read_settings(**overrides: Any) -> Settings:
    """Read the environment and `.env`; overrides take precedence unless they are None or empty.

    Raises SettingsError naming the first bad setting.
    """
    chosen = {name: value for name, value in overrides.items() if value not in {None, ""}}
    try:
        return Settings(**_read_variables() | chosen)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]).upper()  # the rest of loc may hold any text that was typed
        setting = name if name.startswith(("QUOTH_", "DISCORD_")) else f"QUOTH_{name}"
        reason = _describe(first["type"], first["msg"], first.get("ctx", {}))
        secret = setting.endswith(_SECRET_SETTINGS)
        value = "not valid" if secret else repr(first.get("input"))
        # Without the error's context, because a traceback would show a secret, too.
        raise SettingsError(f"{setting} is {value}: {reason}; see .env.example") from None
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is invalid"
        raise SettingsError(f".env is not UTF-8 text ({reason}); save it as UTF-8") from error
    except OSError as error:
        raise SettingsError(f".env cannot be read ({error.strerror}); make it readable") from error


def _describe(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """Say what was expected, where pydantic's message is written for programmers."""
    if kind in _EXPECTED:
        return _EXPECTED[kind].format_map(context)
    message = message.removeprefix("Value error, ")  # pydantic's, of our own messages
    return message[:1].lower() + message[1:]


def _read_variables() -> dict[str, str]:
    """Read the settings in `.env` and in the environment, which takes precedence, by field name.

    pydantic-settings would do this, but takes a tenth of a `quoth ask` to import.
    """
    variables: dict[str, str] = {}
    for source in (read_env_file(), os.environ):
        variables |= {name.upper(): value for name, value in source.items() if value}
    fields = {variable_name(field): field for field in Settings.model_fields}
    return {fields[name]: value for name, value in variables.items() if name in fields}


def variable_name(field: str) -> str:
    """Return the name of the environment variable of a setting."""
    return "DISCORD_TOKEN" if field == "discord_token" else f"QUOTH_{field.upper()}"
