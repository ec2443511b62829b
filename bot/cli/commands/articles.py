"""Commands on articles: build, add, remove, sources, show."""

# ruff: noqa: PLC0415 - commands import what they need, so that `quoth --help` stays fast

from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option

from bot.cli.options import PARTIAL, IndexOption, JsonOption, SeedsOption, Workers
from bot.config.settings import read_settings


def build(
    seeds: SeedsOption = None,
    index: IndexOption = None,
    encoder: Annotated[
        str | None, Option(metavar="MODEL", help="Sentence-transformers model [packaged MiniLM].")
    ] = None,
    *,
    workers: Annotated[
        Workers | None,
        Option(
            "--workers", metavar="ray", help="Build on the machines of a Ray cluster (RAY_ADDRESS)."
        ),
    ] = None,
    progress_json: Annotated[bool, Option("--progress-json", hidden=True)] = False,
    in_folder: Annotated[bool, Option("--in-folder", hidden=True)] = False,
) -> None:
    """Build the index from the articles in seeds.

    Encodes only what has changed since the last build. The current index stays in service until the
    new one is complete. Exit status 3: some files were left out.
    """
    from bot.cli import build_worker
    from bot.cli.output.builds import print_build_report

    settings = read_settings(seeds=seeds, index=index, encoder=encoder)
    if in_folder:  # of articles that are not those of the cluster
        settings = settings.model_copy(update={"milvus": None})
    if progress_json:
        build_worker.build_for_bot(settings)
        return
    report = build_worker.build_with_progress(settings, workers)
    print_build_report(report)
    if report.skipped:
        raise Exit(PARTIAL)


def add(
    sources: Annotated[list[str], Argument(metavar="SOURCE", help="Files, links or feeds.")],
    *,
    into: Annotated[str | None, Option(metavar="FOLDER", help="Subfolder of seeds.")] = None,
    replace: Annotated[bool, Option("--replace", help="Overwrite existing articles.")] = False,
    private: Annotated[bool, Option("--private", help="Allow private addresses.")] = False,
    robots: Annotated[bool, Option(help="Obey robots.txt [yes].")] = True,
    entries: Annotated[
        int, Option(min=1, max=500, metavar="N", help="Entries per feed, 1 to 500 [20].")
    ] = 20,
    seeds: SeedsOption = None,
) -> None:
    """Save files, web pages or feeds as articles in seeds.

    Run `quoth build` afterwards to index them. Exit status 3: something could not be saved, or
    everything was there already.
    """
    from bot.cli.output.builds import print_added
    from bot.cli.output.console import print_status
    from index.ingest.add import AddOptions
    from index.ingest.add import add as add_to_seeds

    options = AddOptions(
        folder=into,
        replace=replace,
        allow_private=private,
        respect_robots=robots,
        max_entries=entries,
    )
    saved, failed = print_added(add_to_seeds(sources, read_settings(seeds=seeds).seeds, options))
    if saved:
        print_status("Run `quoth build` to index the new articles.")
    if failed or not saved:
        raise Exit(PARTIAL)


def remove(
    article: Annotated[
        str, Argument(metavar="ARTICLE", help="Its path in seeds, as `quoth sources` lists it.")
    ],
    seeds: SeedsOption = None,
) -> None:
    """Delete an article from seeds."""
    from bot.cli.output.console import print_status
    from index.ingest.add import remove as remove_article

    path = remove_article(article, read_settings(seeds=seeds).seeds)
    print_status(f"Deleted {path}; run `quoth build` to remove it from the index, too.")


def sources(
    as_json: JsonOption = False,
    check: Annotated[
        bool, Option("--check", help="Read the files again; list what is kept of each.")
    ] = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """List the articles, newest first.

    With --check, needs no index: reads the files in seeds and lists title, author, date and the
    share of its text that can be quoted for each, with notes. Exit status 3: some files were left
    out.
    """
    from bot.cli.output.articles import print_sources
    from bot.cli.searchers import open_searcher

    if check:
        _check_files(read_settings(seeds=seeds).seeds, as_json=as_json)
        return
    settings = read_settings(seeds=seeds, index=index)
    # A mistyped --index must not build an index there.
    with open_searcher(settings, seeds, builds=index is None) as searcher:
        print_sources(searcher.opened.sources(), as_json=as_json)


def _check_files(seeds: Path, *, as_json: bool) -> None:
    from bot.cli.output.articles import print_check
    from bot.cli.output.progress import show_progress
    from index.ingest.check import check_folder

    with show_progress() as on_progress:
        checks, ignored = check_folder(
            seeds, lambda done, total: on_progress("reading", done, total)
        )
    print_check(checks, ignored, as_json=as_json)
    if any(check.reason is not None for check in checks):
        raise Exit(PARTIAL)


def show(
    article: Annotated[
        str, Argument(metavar="ARTICLE", help="Its path in seeds, or words from its title.")
    ],
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Print an article as it is cited, with paragraph numbers."""
    from bot.cli.output.articles import print_article
    from bot.cli.searchers import open_searcher, resolve_article

    settings = read_settings(seeds=seeds, index=index)
    # A mistyped --index must not build an index there.
    with open_searcher(settings, seeds, builds=index is None) as searcher:
        print_article(searcher, resolve_article(searcher, article))
