"""Plan the changes in seeds that follow from a check, without touching files made by hand."""

from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from index.ingest.parsing.metadata.front_matter import SIDECAR_SUFFIX
from index.ingest.parsing.normalize import slugify
from index.ingest.seeds import safe_name
from index.sources.check import CheckResult
from index.sources.followed import FollowedSource, SourceKind, WhenGone
from index.sources.ledger import PageState, SourceState, digest_file
from index.sources.links import section_base
from index.sources.staging import FileChange, PageOutcome, Plan, Result, options_digest
from index.types import slug

_TIMES_UNTIL_GONE = 2
_FIRST_RETRY_SECONDS = 3600.0
_MAX_NAME_CHARS = 100


class Planner:
    """Turn the outcomes of one check into changes.

    ``others`` are the paths that other sources own, with their names.
    """

    def __init__(
        self, source: FollowedSource, state: SourceState, seeds: Path, others: dict[str, str]
    ) -> None:
        self._source = source
        self._state = state
        self._seeds = seeds
        self._pages = dict(state.pages)
        self._changes: list[FileChange] = []
        self._removals: list[FileChange] = []
        self._conflicts: list[str] = []
        self._failures: list[str] = []
        self._notes: list[str] = []
        self._taken = {slug(path).casefold(): path for path in {**others, **state.files}}

    def plan(self, result: CheckResult, now: float) -> Plan:
        """Return the changes, and the ledger as it is after them."""
        self._note_removed_by_hand()
        for outcome in result.outcomes.values():
            page = self._pages.get(outcome.url, PageState())
            self._pages[outcome.url] = self._plan_page(page, outcome)
        return Plan(
            source=self._source.name,
            state=self._state_after(result, now),
            changes=tuple(self._changes),
            removals=tuple(self._removals),
            checked=len(result.outcomes),
            conflicts=tuple(self._conflicts),
            failures=tuple(dict.fromkeys((*filter(None, [result.error]), *self._failures))),
            notes=(*result.notes, *self._notes),
        )

    def _state_after(self, result: CheckResult, now: float) -> SourceState:
        interval = float(self._source.interval_seconds)
        failures = self._state.failures + 1 if result.error else 0
        if failures:
            interval = min(interval, _FIRST_RETRY_SECONDS * 2 ** min(failures - 1, 16))
        return SourceState(
            pages=self._pages,
            listings={**self._state.listings, **result.listings},
            checked=self._state.checked if result.error else now,
            changed=now if self._changes else self._state.changed,
            next_check=max(now + interval, result.busy_until),
            failures=failures,
            error=result.error,
            options=options_digest(self._source),
            commit=result.commit or self._state.commit,
        )

    def _note_removed_by_hand(self) -> None:
        """Let go of files that somebody deleted; they are not written again."""
        for url, page in self._pages.items():
            missing = [path for path in page.files if digest_file(self._seeds / path) is None]
            if missing and len(missing) == len(page.files):
                self._notes.append(f"{missing[0]} was deleted by hand; it stays deleted")
                self._pages[url] = replace(page, files={}, removed_by_hand=True)

    def _plan_page(self, page: PageState, outcome: PageOutcome) -> PageState:
        """Return the state of a page after a check, and add the changes to its files."""
        if outcome.result in {Result.GONE, Result.MOVED, Result.EXCLUDED}:
            return self._plan_gone(page, outcome)
        if outcome.result in {Result.SAME, Result.NEW}:
            return self._plan_text(page, outcome)
        if outcome.result is Result.EMPTY and not page.files:
            return replace(_seen(page, outcome), error=None)
        if page.files or outcome.result is Result.FAILED:
            # Any other failure keeps the last good text.
            self._failures.append(f"{outcome.url}: {outcome.error}")
            return replace(page, error=outcome.error, fetched=outcome.at)
        return replace(page, error=None)

    def _plan_text(self, page: PageState, outcome: PageOutcome) -> PageState:
        if outcome.result is Result.NEW and not page.removed_by_hand:
            files = self._plan_files(page, outcome)
            if files is None:  # a conflict: propose the new text again next time
                return replace(page, checked=outcome.at, gone=0, error=None)
            changed = outcome.at if files != page.files else page.changed
            page = replace(page, files=files, changed=changed)
        return replace(_seen(page, outcome), gone=0, kept=False, error=None)

    def _plan_files(self, page: PageState, outcome: PageOutcome) -> dict[str, str] | None:
        """Return the files of a page with a new text; None if one was made or edited by hand."""
        path = self._choose_path(page, outcome)
        files = {path: outcome.content or ""}
        if outcome.sidecar:
            files[path + SIDECAR_SUFFIX] = outcome.sidecar
        if conflict := self._conflict(page, files):
            self._conflicts.append(conflict)
            return None
        for name, content in files.items():
            expected = page.files.get(name)
            if expected != content:
                self._changes.append(FileChange(name, outcome.url, content, expected))
        for name, expected in page.files.items():
            if name not in files:
                self._changes.append(FileChange(name, outcome.url, None, expected))
        self._taken[slug(path).casefold()] = path
        return files

    def _conflict(self, page: PageState, files: dict[str, str]) -> str | None:
        """Return why files cannot be written: somebody made or edited one of them."""
        for path, expected in page.files.items():
            if digest_file(self._seeds / path) != expected:
                return f"{path} was edited by hand; its source has a newer text"
        for path in files.keys() - page.files.keys():
            if path.endswith(SIDECAR_SUFFIX):
                exists = (self._seeds / path).exists()
                by_hand = path if exists else None
            else:
                by_hand = self._same_slug(path)
            if by_hand and by_hand not in page.files:
                return (
                    f"{by_hand} was made by hand, and {self._source.name} has an article of that "
                    "name; rename or delete it"
                )
        return None

    def _same_slug(self, path: str) -> str | None:
        """Return the file in seeds whose article would have the same slug, if any."""
        folder = self._seeds / PurePosixPath(path).parent
        wanted = slug(PurePosixPath(path).name).casefold()
        names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
        return next(
            (
                str(PurePosixPath(path).with_name(name))
                for name in names
                if slug(name).casefold() == wanted and not name.startswith(".")
            ),
            None,
        )

    def _choose_path(self, page: PageState, outcome: PageOutcome) -> str:
        """Return the path of a page's article: as it is, or a new one that is not taken."""
        folder = PurePosixPath(self._source.folder or "")
        suffix = PurePosixPath(outcome.name).suffix
        known = next((each for each in page.files if not each.endswith(SIDECAR_SUFFIX)), None)
        if known and (self._source.kind is SourceKind.GIT or PurePosixPath(known).parent == folder):
            path = PurePosixPath(known).with_suffix(suffix)
        else:
            path = folder / self._name(outcome)
        stem, number = path.stem, 2
        while self._taken.get(slug(str(path)).casefold(), "") not in {"", *page.files}:
            path = path.with_name(f"{stem}-{number}{path.suffix}")
            number += 1
        return str(path)

    def _name(self, outcome: PageOutcome) -> str:
        """Return the file name for a new article: its title, or its place in the site."""
        if self._source.kind is SourceKind.GIT:
            return outcome.name
        name = safe_name(outcome.name)
        if self._source.kind in {SourceKind.SECTION, SourceKind.SITEMAP}:
            place = _place(outcome.url, self._source)
            name = f"{place}{PurePosixPath(name).suffix}" if place else name
        return name

    def _plan_gone(self, page: PageState, outcome: PageOutcome) -> PageState:
        is_certain = outcome.result is not Result.GONE or self._source.kind is SourceKind.GIT
        gone = max(page.gone + 1, _TIMES_UNTIL_GONE if is_certain else 0)
        page = replace(page, gone=gone, error=outcome.error, fetched=outcome.at)
        if not page.files or page.kept:
            return page
        if gone < _TIMES_UNTIL_GONE:
            self._failures.append(
                f"{outcome.url}: {outcome.error}; it counts as gone if it is missing next time, too"
            )
            return page
        return self._plan_removal(page, outcome)

    def _plan_removal(self, page: PageState, outcome: PageOutcome) -> PageState:
        edited = [p for p, d in page.files.items() if digest_file(self._seeds / p) != d]
        path = next(iter(page.files))
        if edited:
            self._conflicts.append(f"{edited[0]} was edited by hand, and its source is gone")
            return page
        when_gone = self._source.when_gone
        if outcome.result is Result.MOVED:
            when_gone = WhenGone.REMOVE
        if when_gone is WhenGone.KEEP:
            self._notes.append(f"{path}: its source is gone; the article stays")
            return replace(page, kept=True)
        removals = [FileChange(p, outcome.url, None, d) for p, d in page.files.items()]
        if when_gone is WhenGone.ASK:
            self._removals += removals
            return page
        self._changes += removals
        return replace(page, files={})


def _seen(page: PageState, outcome: PageOutcome) -> PageState:
    """Update what a page was seen as, when it could be read."""
    page = replace(page, checked=outcome.at, marker=outcome.marker or page.marker)
    if not outcome.was_fetched:
        return page
    return replace(
        page,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        body=outcome.body,
        final_url=outcome.final_url,
        fetched=outcome.at,
    )


def _place(url: str, source: FollowedSource) -> str:
    """Return the part of a URL below the section's base as a name; "" for the base itself."""
    base = urlsplit(section_base(source.url)).path if source.kind is SourceKind.SECTION else "/"
    path = unquote(urlsplit(url).path)
    path = path.removeprefix(base) if path.startswith(base) else path
    parts = [PurePosixPath(part).stem if "." in part else part for part in path.split("/")]
    parts = [part for part in parts if part and part != "index"]
    return slugify(" ".join(parts))[:_MAX_NAME_CHARS].strip("-") if parts else ""
