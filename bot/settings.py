"""Settings from the environment and `.env`; read once, in `main`, and passed down."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import SettingsError


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
    quotes: int = Field(default=3, ge=1, le=5)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


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
