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


def _listed(text: object) -> object:
    return tuple(text.replace(",", " ").split()) if isinstance(text, str) else text


Bindings = Annotated[dict[int, tuple[str, ...]], NoDecode, BeforeValidator(_bindings)]
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
    strictness: Literal["strict", "balanced", "generous"] = "balanced"
    collections: Bindings = Field(default_factory=dict)
    curators: ServerIds = ()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_style: Literal["auto", "human", "json"] = "auto"
    health_port: int | None = Field(default=None, ge=1, le=65535)


def read_settings() -> Settings:
    """Settings from the environment and `.env`. Raises SettingsError naming what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "_".join(map(str, first["loc"])).upper()
        setting = name if name.startswith(("QUOTH_", "DISCORD_")) else f"QUOTH_{name}"
        raise SettingsError(
            f"{setting} is {first.get('input')!r}: {first['msg'].lower()}; see .env.example"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read as UTF-8 text ({error})") from error
