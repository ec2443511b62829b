"""Copy seeds with staged changes applied, to see what an index of them would answer."""

import os
import shutil
from pathlib import Path

from index.sources.file_names import STATE_FOLDER
from index.sources.staging import Plan, Staging


def copy_with_changes(seeds: Path, target: Path, plan: Plan, staging: Staging) -> None:
    """Copy seeds into a new folder and make the plan's changes there, confirmed or not.

    Files are linked, not copied, where the file system allows it. Raises OSError.
    """
    shutil.rmtree(target, ignore_errors=True)
    ignore = shutil.ignore_patterns(STATE_FOLDER)
    shutil.copytree(seeds, target, symlinks=True, ignore=ignore, copy_function=_link_or_copy)
    for change in (*plan.changes, *plan.removals):
        path = target / change.path
        path.unlink(missing_ok=True)
        if change.content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _link_or_copy(str(staging.content_path(change.content)), str(path))


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
