"""Commands on articles: build, add, remove, sources, show."""

# ruff: noqa: PLC0415 - commands import what they need, so that `quoth --help` stays fast

from typing import Annotated

import typer

from bot.cli.options import (
    PARTIAL,
    ArticleArgument,
    IndexOption,
    JsonOption,
    SeedsOption,
    settings_with,
)


def build(
    seeds: SeedsOption = None,
    index: IndexOption = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Name or folder of a sentence-transformers model [the packaged MiniLM].",
        ),
    ] = None,
    *,
    progress_json: Annotated[
        bool, typer.Option("--progress-json", hidden=True, help="Print JSON lines for the bot.")
    ] = False,
) -> None:
    """Build the index from the articles in seeds.

    Encodes only what has changed since the last build. The current index stays in use until the
    new one is complete. Exit status 3: some files were left out.
    """
    from bot.cli import console
    from bot.cli.build_worker import build_for_bot, build_from

    settings = settings_with(seeds, index, encoder)
    if progress_json:
        build_for_bot(settings)
        return
    with console.progress_bars() as on_progress:
        report = build_from(settings, on_progress)
    console.print_build_report(report)
    if report.skipped:
        raise typer.Exit(PARTIAL)


def add(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files, links or feeds.")],
    *,
    into: Annotated[
        str | None,
        typer.Option("--into", metavar="FOLDER", help="Save into this folder inside seeds."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite existing articles.")
    ] = False,
    private: Annotated[
        bool, typer.Option("--private", help="Allow links to private addresses.")
    ] = False,
    robots: Annotated[
        bool, typer.Option(help="Obey the site's robots.txt [yes].", show_default=False)
    ] = True,
    entries: Annotated[
        int, typer.Option(min=1, max=500, metavar="N", help="Save at most N entries of a feed.")
    ] = 20,
    seeds: SeedsOption = None,
) -> None:
    """Save files, web pages or feeds as articles in seeds.

    Run `quoth build` afterwards to index them. Exit status 3: something could not be saved.
    """
    from rich.text import Text

    from bot.cli import console
    from index.ingest.add import AddOptions
    from index.ingest.add import add as add_sources

    out = console.make_console()
    saved = failed = 0
    options = AddOptions(
        folder=into,
        replace=replace,
        allow_private=private,
        respect_robots=robots,
        max_entries=entries,
    )
    for result in add_sources(sources, settings_with(seeds, None).seeds, options):
        if result.path and result.reason is None:
            saved += 1
            line, style = f"saved {result.path}  from {result.source}", ""
        else:
            failed += not result.already_exists
            line, style = f"{result.source}: {result.reason}", "yellow"
        out.print(Text(console.escape_control_characters(line), style=style), soft_wrap=True)
    if saved:
        console.print_status("Run `quoth build` to index the new articles.")
    if failed:
        raise typer.Exit(PARTIAL)


def remove(
    article: Annotated[str, typer.Argument(help="Its path in seeds, as `quoth sources` lists it.")],
    seeds: SeedsOption = None,
) -> None:
    """Delete an article from seeds."""
    from bot.cli.console import print_status
    from index.ingest.add import remove as remove_article

    path = remove_article(article, settings_with(seeds, None).seeds)
    print_status(f"Deleted {path}; run `quoth build` to remove it from the index, too.")


def sources(
    as_json: JsonOption = False, seeds: SeedsOption = None, index: IndexOption = None
) -> None:
    """List the articles, newest first."""
    from bot.cli.console import print_sources
    from bot.cli.searchers import open_searcher

    with open_searcher(settings_with(seeds, index), seeds) as searcher:
        print_sources(searcher.sources(), as_json=as_json)


def show(article: ArticleArgument, seeds: SeedsOption = None, index: IndexOption = None) -> None:
    """Print an article with the paragraph numbers used in citations."""
    from bot.cli.console import print_article, resolve_article
    from bot.cli.searchers import open_searcher

    with open_searcher(settings_with(seeds, index), seeds) as searcher:
        print_article(searcher, resolve_article(searcher, article))
