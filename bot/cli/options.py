"""Options shared by several commands, the settings they override, and exit statuses."""

from pathlib import Path
from typing import Annotated

import typer

from bot.config.settings import Settings, StrictnessName, read_settings

SeedsOption = Annotated[
    Path | None, typer.Option("--seeds", metavar="DIR", help="Folder of the articles [seeds].")
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="Folder of the index [data/index].")
]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="ARTICLE",
        help="Search only this article, given by its path or by words of its title.",
    ),
]
StrictnessOption = Annotated[
    StrictnessName | None,
    typer.Option(help="How certain an answer must be [balanced]."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PlotOption = Annotated[
    Path | None, typer.Option(metavar="PNG", help="Plot risk against coverage into this file.")
]
ArticleArgument = Annotated[str, typer.Argument(help="Its path in seeds, or words of its title.")]

FAILED = 1
PARTIAL = 3  # the command succeeded but left something out
REFUSED = 78  # EX_CONFIG of sysexits.h: restarting the bot would not help


def settings_with(seeds: Path | None, index: Path | None, encoder: str | None = None) -> Settings:
    """Read the environment and `.env`, and override them with the given options."""
    overrides = {"seeds": seeds, "index": index, "encoder": encoder}
    settings = read_settings()
    return settings.model_copy(update={name: value for name, value in overrides.items() if value})
