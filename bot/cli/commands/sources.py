"""Commands on followed sources: follow, unfollow, followed, refresh."""

# ruff: noqa: PLC0415 - commands import what they need, so that `quoth --help` stays fast

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Argument, Exit, Option, confirm

from bot.cli.options import PARTIAL, IndexOption, JsonOption, SeedsOption
from bot.config.settings import Settings, read_settings

if TYPE_CHECKING:
    from index.sources.refresh import RefreshResult

# The values of index.sources.followed, without importing it.
KindName = Literal["page", "feed", "sitemap", "section", "git"]
WhenGoneName = Literal["keep", "ask", "remove"]
BuildOption = Annotated[
    bool, Option("--build/--no-build", help="Build the index afterwards [yes].")
]


def follow(  # noqa: PLR0913 - one parameter is one option of the command
    url: Annotated[
        str, Argument(metavar="URL", help="Page, feed, sitemap, docs section or git repository.")
    ],
    *,
    every: Annotated[
        str, Option(metavar="TIME", help="How often to check: 30m, 12h … [1d].")
    ] = "1d",
    into: Annotated[str | None, Option(metavar="FOLDER", help="Subfolder of seeds.")] = None,
    include: Annotated[
        list[str] | None, Option(metavar="GLOB", help="Only pages whose URL matches; repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None, Option(metavar="GLOB", help="No pages whose URL matches; repeatable.")
    ] = None,
    limit: Annotated[
        int | None,
        Option(min=1, max=50_000, metavar="N", help="Pages at most, 1 to 50,000 [by kind]."),
    ] = None,
    when_gone: Annotated[
        WhenGoneName,
        Option(
            metavar="CHOICE",
            help="Keep or remove an article whose page is gone, or ask: keep, ask, remove [ask].",
        ),
    ] = "ask",
    kind: Annotated[
        KindName | None,
        Option(metavar="KIND", help="page, feed, sitemap, section or git [found out]."),
    ] = None,
    private: Annotated[bool, Option("--private", help="Allow private addresses.")] = False,
    build: BuildOption = True,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Follow a page, feed, sitemap, docs section or git repository.

    Saves its articles in seeds, builds the index, and keeps them current whenever `quoth refresh`
    or the bot checks it. Following a URL again changes its options.
    """
    from bot.cli.output import sources
    from bot.cli.output.console import print_status
    from index.sources import follow as following
    from index.sources.followed import FollowedSource, SourceKind, WhenGone

    settings = read_settings(seeds=seeds, index=index)
    wanted = FollowedSource(
        name="",
        url=url,
        kind=SourceKind(kind or SourceKind.PAGE),
        every=every,
        into=into,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        limit=limit,
        when_gone=WhenGone(when_gone),
        private=private,
    )
    source = following.follow(wanted, settings.seeds, kind=SourceKind(kind) if kind else None)
    print_status(sources.following_line(source))
    results = _refresh(settings, [source.name])
    if following.drop_if_empty(source, settings.seeds):
        sources.print_results(results)
        hint = "; check --include and --exclude" if include or exclude else ""
        print_status(f"Nothing could be saved, so {source.name} is not followed{hint}.")
        raise Exit(PARTIAL)
    print_status(sources.saved_line(source, settings.seeds))
    _report(results, settings, build=build)


def unfollow(
    name: Annotated[
        str, Argument(metavar="NAME", help="Its name or URL, as `quoth followed` lists it.")
    ],
    *,
    remove: Annotated[bool, Option("--remove", help="Delete its articles, too.")] = False,
    seeds: SeedsOption = None,
) -> None:
    """Stop following a source. Its articles stay, unless you pass --remove."""
    from bot.cli.output.console import print_status
    from index.ingest.folder import resolve_seeds
    from index.sources.refresh import unfollow as stop_following

    files = stop_following(name, resolve_seeds(read_settings(seeds=seeds).seeds), remove=remove)
    done = "were deleted; run `quoth build`" if remove else "stay as ordinary articles"
    print_status(f"No longer following {name}; {len(files)} files {done}.")


def followed(as_json: JsonOption = False, seeds: SeedsOption = None) -> None:
    """List the followed sources.

    Shows last check, last change, next check and error of each.
    """
    from bot.cli.output.sources import print_statuses
    from index.ingest.folder import resolve_seeds
    from index.sources.refresh import list_statuses

    folder = resolve_seeds(read_settings(seeds=seeds).seeds)
    print_statuses(list_statuses(folder), as_json=as_json)


def refresh(
    names: Annotated[list[str] | None, Argument(metavar="NAME", help="Sources [all].")] = None,
    *,
    dry_run: Annotated[bool, Option("--dry-run", help="Only print what would change.")] = False,
    due: Annotated[bool, Option("--due", help="Only sources whose next check is due.")] = False,
    build: BuildOption = True,
    stage_json: Annotated[bool, Option("--stage-json", hidden=True)] = False,
    seeds: SeedsOption = None,
    index: IndexOption = None,
) -> None:
    """Check followed sources, and index what has changed.

    Exit status 3: something failed, was edited by hand, or waits for your decision.
    """
    from bot.cli.output import sources
    from index.ingest.folder import resolve_seeds
    from index.sources.refresh import select_sources

    settings = read_settings(seeds=seeds, index=index)
    if stage_json:
        sources.stage_for_bot(settings.seeds, names or [], due=due)
        return
    resolve_seeds(settings.seeds)  # a mistyped --seeds has nothing to check
    names = [
        each.name
        for each in select_sources(settings.seeds, names or [], time.time() if due else None)
    ]
    if dry_run:
        results = _preview(settings, names)
        sources.print_results(results, dry_run=True)
        _exit_if_partial(results)
    else:
        _report(_refresh(settings, names), settings, build=build)


def _refresh(settings: Settings, names: Sequence[str]) -> list["RefreshResult"]:
    from index.sources.refresh import refresh as refresh_sources

    return _check(refresh_sources, settings, names)


def _preview(settings: Settings, names: Sequence[str]) -> list["RefreshResult"]:
    from index.sources.refresh import preview

    return _check(preview, settings, names)


def _check(
    check: Callable[..., Iterable["RefreshResult"]], settings: Settings, names: Sequence[str]
) -> list["RefreshResult"]:
    """Check sources by their names, showing the progress."""
    from bot.cli.output.progress import show_progress
    from index.sources.refresh import select_sources

    sources = select_sources(settings.seeds, names) if names else []
    with show_progress() as on_progress:
        return list(check(sources, settings.seeds, None, on_progress))


def _report(results: Sequence["RefreshResult"], settings: Settings, *, build: bool) -> None:
    """Print the results, ask about articles whose pages are gone, and build if files changed."""
    from bot.cli import build_worker
    from bot.cli.output import builds, console, sources
    from index.sources.outdated import is_outdated

    sources.print_results(results)
    removed = _remove_gone(results, settings)
    changed = removed or any(each.plan and each.plan.changes for each in results)
    if build and (changed or is_outdated(settings.seeds)):
        builds.print_build_report(build_worker.build_with_progress(settings))
    elif changed:
        console.print_status("Run `quoth build` to index the changes.")
    _exit_if_partial(results)


def _remove_gone(results: Sequence["RefreshResult"], settings: Settings) -> bool:
    """Ask, on a terminal, whether to delete articles whose pages are gone; True if some were."""
    from index.sources.refresh import remove_gone

    removed = False
    for result in results:
        if result.plan and result.plan.removals and sys.stdin.isatty():
            count = len(result.plan.to_confirm)
            if confirm(
                f"Delete the {count} articles of {result.source.name} whose pages are gone?"
            ):
                remove_gone(result.plan, settings.seeds)
                removed = True
    return removed


def _exit_if_partial(results: Sequence["RefreshResult"]) -> None:
    if any(result.is_partial for result in results):
        raise Exit(PARTIAL)
