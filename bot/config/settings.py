"""Settings from the environment and `.env`; read once, in `main`, and passed down."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.errors import SettingsError


def _bindings(text: object) -> object:
    """``1234=news+help;98=private``: each server's collections, by the server's id."""
    if not isinstance(text, str):
        return text
    pairs = (pair.partition("=") for pair in text.split(";") if pair.strip())
    bound = {server.strip(): _names(names) for server, _, names in pairs}
    if any(not names for names in bound.values()):
        raise ValueError("wanted SERVER=FOLDER+FOLDER;SERVER=FOLDER with folders inside seeds")
    return bound


def _names(text: str) -> tuple[str, ...]:
    """Collections are folders directly inside seeds; () when one of them cannot be one."""
    names = tuple(name.strip() for name in text.split("+"))
    return () if any(name in {"", ".", ".."} or "/" in name for name in names) else names


def _upper(text: object) -> object:
    return text.upper() if isinstance(text, str) else text


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _listed(text: object) -> object:
    return tuple(text.replace(",", " ").split()) if isinstance(text, str) else text


Bindings = Annotated[dict[int, tuple[str, ...]], NoDecode, BeforeValidator(_bindings)]
Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]
Style = Annotated[Literal["auto", "human", "json"], BeforeValidator(_lower)]
Sure = Literal["strict", "balanced", "generous"]  # index.judge.Strictness, without loading it
ServerIds = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """Every setting, with its default; `.env.example` explains each in one line."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="QUOTH_", extra="ignore", frozen=True, env_ignore_empty=True
    )

    discord_token: SecretStr | None = Field(
        default=None, validation_alias="DISCORD_TOKEN", repr=False
    )
    seeds: Path = Path("seeds")
    index: Path = Path("data/index")
    store: Path = Path("data/quoth.sqlite3")
    encoder: str | None = None
    device: str | None = None
    reranker: str | None = None
    processes: int = Field(default=0, ge=0, le=64)
    quotes: int = Field(default=3, ge=1, le=5)
    strictness: Annotated[Sure, BeforeValidator(_lower)] = "balanced"
    collections: Bindings = Field(default_factory=dict)
    curators: ServerIds = ()
    log_level: Level = "INFO"
    log_style: Style = "auto"
    health_port: int | None = Field(default=None, ge=1, le=65535)


def read_settings() -> Settings:
    """Settings from the environment and `.env`. Raises SettingsError naming what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]).upper()  # what follows is where in it, and may be any text
        setting = name if name.startswith(("QUOTH_", "DISCORD_")) else f"QUOTH_{name}"
        wanted = first["msg"][:1].lower() + first["msg"][1:]
        raise SettingsError(
            f"{setting} is {first.get('input')!r}: {wanted}; see .env.example"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read as UTF-8 text ({error})") from error
