"""Point out settings that are probably mistyped: names, lines, folders that do not exist."""

import contextlib
import os
from collections.abc import Iterable

from bot.config.env_file import read_env_file, unreadable_lines
from bot.config.settings import Settings, variable_name


def describe_mistyped_settings() -> list[str]:
    """Describe lines of `.env` that set nothing, and variables ``QUOTH_…`` that are no settings."""
    known = [*map(variable_name, Settings.model_fields)]
    lines: list[int] = []
    names = {*os.environ}
    with contextlib.suppress(OSError, UnicodeDecodeError):  # reading the settings reports it
        names |= {*read_env_file()}
        lines = unreadable_lines()
    unknown = sorted(name for name in names if name.startswith("QUOTH_") and name not in known)
    return [
        *(f".env, line {line} sets nothing; write NAME=VALUE, quotes in pairs" for line in lines),
        *(f"{name} is not a setting; {_suggest(name, known)}see .env.example" for name in unknown),
    ]


def describe_missing_folders(settings: Settings) -> list[str]:
    """Describe folders of QUOTH_COLLECTIONS and QUOTH_SERVE_COLLECTIONS that are not in seeds."""
    if not settings.seeds.is_dir():
        return []
    folders = [path.name for path in settings.seeds.iterdir() if path.is_dir()]
    named = {
        "QUOTH_COLLECTIONS": {name for names in settings.collections.values() for name in names},
        "QUOTH_SERVE_COLLECTIONS": set(settings.serve_collections),
    }
    return [
        f"{setting} names the folder {name!r}, which is not in {settings.seeds}; "
        f"{_suggest(name, folders)}create it, or correct the setting"
        for setting, names in named.items()
        for name in sorted(names - set(folders))
    ]


def _suggest(name: str, known: Iterable[str]) -> str:
    from rapidfuzz import process  # noqa: PLC0415 - hardly ever needed
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    nearest = process.extractOne(name, known, scorer=OSA.normalized_similarity, score_cutoff=0.7)
    return f"did you mean {nearest[0]}? Otherwise " if nearest else ""
