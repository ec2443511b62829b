"""Options shared by several commands, the settings they override, and exit statuses."""

from pathlib import Path
from typing import Annotated

from typer import Option

from bot.config.settings import Settings, StrictnessName, read_settings

SeedsOption = Annotated[Path | None, Option(metavar="DIR", help="Folder of the articles [seeds].")]
IndexOption = Annotated[Path | None, Option(metavar="DIR", help="Index folder [data/index].")]
SourceOption = Annotated[
    str | None,
    Option(metavar="ARTICLE", help="Search only this article: its path, or words of its title."),
]
StrictnessOption = Annotated[
    StrictnessName | None, Option(help="How certain an answer must be [balanced].")
]
JsonOption = Annotated[bool, Option("--json", help="Print JSON.")]
PlotOption = Annotated[Path | None, Option(metavar="PNG", help="Plot risk against coverage.")]

FAILED = 1
PARTIAL = 3  # the command succeeded but left something out
REFUSED = 78  # EX_CONFIG of sysexits.h: restarting the bot would not help


def settings_with(seeds: Path | None, index: Path | None, encoder: str | None = None) -> Settings:
    """Read the environment and `.env`, and override them with the given options."""
    overrides = {"seeds": seeds, "index": index, "encoder": encoder}
    return read_settings().model_copy(
        update={name: value for name, value in overrides.items() if value}
    )
