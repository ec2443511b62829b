"""Options that several commands have, and the settings they make."""

from pathlib import Path
from typing import Annotated

import typer

from bot.config.settings import Settings, Sure, read_settings

SeedsOption = Annotated[
    Path | None, typer.Option("--seeds", metavar="DIR", help="Folder of articles [seeds].")
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="Folder of the index [data/index].")
]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="ARTICLE",
        help="Ask this article only: its path, or words of its title.",
    ),
]
StrictnessOption = Annotated[
    Sure | None,
    typer.Option(help="How sure a quotation must be [balanced]."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]

LEFT_OUT = 3  # exit status of a build that worked but left articles out
FAILED = 1
REFUSED = 78  # EX_CONFIG of sysexits.h: the bot need not be started again as it is


def settings_of(seeds: Path | None, index: Path | None, encoder: str | None = None) -> Settings:
    """Settings from the environment and `.env`, but for what was given as an option."""
    given = {"seeds": seeds, "index": index, "encoder": encoder}
    settings = read_settings()
    return settings.model_copy(update={name: value for name, value in given.items() if value})
