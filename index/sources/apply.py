"""Apply staged changes to seeds, so that a crash at any moment leaves nothing half-written.

The plan is first renamed to ``apply.json``. Each file then comes into place, or goes, in one step,
and the ledger is written last. After a crash the same plan is applied again: files that are done
already have the right digest, and a file with any other digest than the two that the plan knows
was edited by hand, and is left alone.
"""

import contextlib
import logging
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import SourceError
from index.sources.ledger import (
    PageState,
    SourceState,
    digest_file,
    load_state,
    save_state,
    staged_folder,
    staged_names,
)
from index.sources.outdated import mark_outdated
from index.sources.staging import APPLY_FILE, PLAN_FILE, FileChange, Plan, Staging

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan that was applied, and the conflicts that came up meanwhile."""

    plan: Plan
    conflicts: tuple[str, ...] = ()


def apply_plan(name: str, seeds: Path, *, with_removals: bool = False) -> Applied | None:
    """Apply the changes staged for a source; None if there are none. Needs the lock.

    ``with_removals`` also deletes the articles that somebody had to confirm.
    Raises SourceError if the disk does not allow it; the next refresh then goes on.
    """
    staging = Staging(staged_folder(name, seeds))
    plan = staging.load_plan()
    if plan is None:
        return None
    if with_removals and plan.removals:
        plan = _confirm_removals(plan)
        staging.save_plan(plan)
    (staging.folder / PLAN_FILE).replace(staging.folder / APPLY_FILE)
    return _complete(staging, plan, seeds)


def recover(seeds: Path) -> None:
    """Complete the changes that a crash interrupted. Needs the lock."""
    for name in staged_names(seeds):
        staging = Staging(staged_folder(name, seeds))
        plan = staging.load_plan(APPLY_FILE)
        if plan is not None:
            log.info("completing the interrupted refresh of %s", name)
            _complete(staging, plan, seeds)


def discard_plan(name: str, seeds: Path) -> Plan | None:
    """Drop the changes staged for a source; they are not proposed again. Needs the lock."""
    staging = Staging(staged_folder(name, seeds))
    plan = staging.load_plan()
    if plan is not None:
        save_state(name, _without_changes(plan, load_state(name, seeds)), seeds)
    staging.clear()
    return plan


def _confirm_removals(plan: Plan) -> Plan:
    pages = dict(plan.state.pages)
    for removal in plan.removals:
        pages[removal.page] = replace(pages[removal.page], files={})
    state = replace(plan.state, pages=pages)
    return replace(plan, state=state, changes=plan.changes + plan.removals, removals=())


def _without_changes(plan: Plan, before: SourceState) -> SourceState:
    """Return the ledger after a check whose changes were rejected: pages seen, files as before."""
    pages = dict(plan.state.pages)
    for change in (*plan.changes, *plan.removals):
        known = before.pages.get(change.page, PageState())
        page = replace(pages[change.page], files=known.files, changed=known.changed)
        pages[change.page] = replace(page, kept=page.gone > 0)
    return replace(plan.state, pages=pages, changed=before.changed)


def _complete(staging: Staging, plan: Plan, seeds: Path) -> Applied:
    """Make the changes of a plan, write the ledger, and clear the staged files."""
    pages = dict(plan.state.pages)
    conflicts: list[str] = []
    try:
        if plan.changes:
            mark_outdated(seeds)
        for change in plan.changes:
            if not _make(change, staging, seeds):
                conflicts.append(f"{change.path} was made or edited by hand meanwhile")
                pages[change.page] = _after_conflict(pages[change.page], change)
        save_state(plan.source, replace(plan.state, pages=pages), seeds)
    except OSError as error:
        raise SourceError(
            f"{seeds} cannot be written ({error.strerror}); the next refresh goes on from here"
        ) from error
    staging.clear()
    return Applied(plan, tuple(conflicts))


def _after_conflict(page: PageState, change: FileChange) -> PageState:
    """Own a file as it was before a change that was not made, and read the page again."""
    files = {path: digest for path, digest in page.files.items() if path != change.path}
    if change.expected is not None:
        files[change.path] = change.expected
    return replace(page, files=files, body=None, etag=None, last_modified=None, marker=None)


def _make(change: FileChange, staging: Staging, seeds: Path) -> bool:
    """Make one change; False if the file is not as the plan expects it."""
    path = seeds / change.path
    current = digest_file(path)
    if current == change.content:
        return True
    if current != change.expected or not _is_inside(path, seeds):
        return False
    if change.content is None:
        path.unlink(missing_ok=True)
        _remove_empty_folders(path.parent, seeds)
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _link_or_copy(staging.content_path(change.content), staging.folder / "next")
    if change.expected is None:
        return _rename_to_new(partial, path)
    partial.replace(path)
    return True


def _is_inside(path: Path, seeds: Path) -> bool:
    """Return whether a path is a file below seeds, and no link leads out of there."""
    root = seeds.resolve()
    return path.parent.resolve().is_relative_to(root) and not path.is_symlink()


def _link_or_copy(content: Path, partial: Path) -> Path:
    """Give staged content a second name, to be renamed into place."""
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(content)
    except OSError:  # FAT and some network shares have no hard links
        shutil.copyfile(content, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
    return partial


def _rename_to_new(partial: Path, path: Path) -> bool:
    """Give a file a name that is not taken; False if somebody has taken it."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        return False
    except OSError:  # no hard links
        if path.exists():
            return False
        partial.replace(path)
    return True


def _remove_empty_folders(folder: Path, seeds: Path) -> None:
    """Remove the folder of a deleted article if nothing else is in it."""
    with contextlib.suppress(OSError):
        while folder != seeds and folder.is_relative_to(seeds):
            folder.rmdir()
            folder = folder.parent
