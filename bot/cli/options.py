"""Options shared by several commands, and exit statuses."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Option

from bot.config.settings import StrictnessName

SeedsOption = Annotated[Path | None, Option(metavar="DIR", help="Folder of the articles [seeds].")]
IndexOption = Annotated[Path | None, Option(metavar="DIR", help="Index folder [data/index].")]
SourceOption = Annotated[
    str | None,
    Option(metavar="ARTICLE", help="Search only this article: its path, or words from its title."),
]
StrictnessOption = Annotated[
    StrictnessName | None,
    Option(
        metavar="LEVEL",
        help="How certain an answer must be: strict, balanced or generous [balanced].",
    ),
]
JsonOption = Annotated[bool, Option("--json", help="Print JSON.")]
PlotOption = Annotated[Path | None, Option(metavar="PNG", help="Plot risk against coverage.")]

FAILED = 1
PARTIAL = 3  # the command succeeded but left something out
REFUSED = 78  # EX_CONFIG of sysexits.h: restarting the bot would not help


class Workers(StrEnum):
    """Machines to build passages on, other than this one."""

    RAY = "ray"
