"""Format ``--help`` for people: typer would print types of Python, and ranges as formulas."""

from typing import Any

from typer import BadParameter
from typer.core import TyperArgument, TyperCommand, TyperOption

_PYDANTIC_PREFIX = "Value error, "


class PlainHelpCommand(TyperCommand):
    """A command whose help shows the names of its parameters and our texts, with the defaults."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments; a choice that there is not is reported in plain words."""
        try:
            return super().parse_args(ctx, args)
        except BadParameter as error:
            error.message = error.message.removeprefix(_PYDANTIC_PREFIX)
            raise

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line: ``[OPTIONS] SOURCE...``."""
        arguments = (each for each in self.get_params(ctx) if isinstance(each, TyperArgument))
        return ["[OPTIONS]", *map(_usage, arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and the options, each with its text."""
        arguments, options = [], []
        for parameter in self.get_params(ctx):
            if isinstance(parameter, TyperArgument):
                arguments.append((parameter.display_name_raw, parameter.help or ""))
            elif isinstance(parameter, TyperOption) and not parameter.hidden:
                names, _ = parameter.get_help_record(ctx) or ("", "")
                options.append((names, parameter.help or ""))
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _usage(argument: TyperArgument) -> str:
    name = argument.display_name_raw + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"
