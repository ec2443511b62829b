"""Point out settings that are probably mistyped: unknown names, folders that do not exist."""

import os
from collections.abc import Iterable

from dotenv import dotenv_values

from bot.config.settings import Settings, variable_name


def describe_unknown_settings() -> list[str]:
    """Describe variables named ``QUOTH_…`` that are no settings, with the nearest right name."""
    known = [*map(variable_name, Settings.model_fields)]
    try:
        names = {*os.environ, *dotenv_values(".env")}
    except (OSError, UnicodeDecodeError):  # reading the settings reports it
        names = {*os.environ}
    unknown = sorted(name for name in names if name.startswith("QUOTH_") and name not in known)
    return [f"{name} is not a setting; {_suggest(name, known)}see .env.example" for name in unknown]


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
