"""Test that an index survives kills, a failing disk, damage and a lack of memory.

    python -m tests.support.torture [--kills 200] [--every 1] [--damages 500] [--limits 40]

``make torture`` runs it. After each trial, a question must be answered from an intact snapshot with
verified quotes, and the next build must succeed and leave nothing behind. A tiny model of random
weights encodes, so that a build takes a third of a second.
"""

import argparse
import errno
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, product
from pathlib import Path

from index.store import snapshot
from tests.support.child_process import (
    CRASH,
    DONE,
    KILLED,
    REFUSED,
    ChildResult,
    measure_seconds,
    run_in_child,
)
from tests.support.damages import DAMAGES, add_file
from tests.support.failing_disk import FailingDisk, compile_library, find_compiler
from tests.support.torture_world import TortureWorld

_ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)
_MEGABYTE = 1 << 20
_MAX_ADDRESS_SPACE = 600 * _MEGABYTE  # in addition to the imports'
_STUCK_SECONDS = 15.0
_ORIGINS = ("old", "third", "no")


@dataclass
class Tally:
    """Outcomes of the trials of one kind, and their failures."""

    kind: str
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        self.outcomes[outcome] += 1

    def fail(self, trial: str, result: ChildResult) -> None:
        self.failures.append(f"{self.kind}, {trial}: {result.status}: {result.value}")

    def __str__(self) -> str:
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes.items()))
        count = sum(n for name, n in self.outcomes.items() if not name.startswith("then "))
        trials = f"{count} trials ({outcomes})"
        return f"{self.kind}: {trials}, {len(self.failures)} failures"


def check_survival(world: TortureWorld, tally: Tally, trial: str, editions: set[str]) -> None:
    """Check that one of ``editions`` ("no" for none) answers, and that the next build succeeds."""
    asked = run_in_child(lambda: world.edition(world.target))
    missing = asked.status == REFUSED and "IndexMissing" in str(asked.value)
    edition = "no" if missing else asked.value
    if edition not in editions or asked.status not in {DONE, REFUSED}:
        tally.fail(f"{trial}, then asked", asked)
    tally.count(f"then {edition}" if edition in editions else "then FAILURE")
    check_rebuild(world, tally, trial)


def check_rebuild(world: TortureWorld, tally: Tally, trial: str) -> None:
    rebuilt = run_in_child(lambda: world.rebuild(world.target, "new"))
    if rebuilt != ChildResult(DONE, "new"):
        tally.fail(f"{trial}, then built again", rebuilt)


def try_kills(world: TortureWorld, count: int, generator: random.Random) -> Tally:
    """Kill builds at random moments."""
    tally = Tally("kill -9")
    durations = {origin: measure_seconds(_new_build(world, origin)) for origin in _ORIGINS}
    for number, origin in zip(range(count), cycle(_ORIGINS), strict=False):
        seconds = generator.uniform(0, 1.1 * durations[origin])
        result = run_in_child(_new_build(world, origin), kill_after=seconds)
        trial = f"build {number} over {origin} index after {seconds:.3f} s"
        tally.count("finished before" if result.status == DONE else result.status)
        if result.status not in {DONE, KILLED}:
            tally.fail(trial, result)
        check_survival(world, tally, trial, _possible_editions(origin))
    return tally


def _new_build(world: TortureWorld, origin: str) -> Callable[[], str]:
    """Prepare a build of the new edition over a fresh copy of an index."""
    index = world.reset_target(origin)
    return lambda: world.build(index, "new")


def _possible_editions(origin: str) -> set[str]:
    return {"no" if origin == "no" else "old", "new"}


@dataclass(frozen=True, slots=True)
class DiskError:
    """The number of the write that fails, its errno, and whether all later writes fail, too."""

    nth: int
    error: int
    permanent: bool

    def __str__(self) -> str:
        duration = "permanent" if self.permanent else "single"
        return f"{duration} {errno.errorcode[self.error]} at write {self.nth}"


def try_disk_errors(world: TortureWorld, every: int, disk: FailingDisk) -> Tally:
    """Fail every Nth write, once and permanently."""
    tally = Tally("failing disk")
    errors = cycle(_ERRORS)
    for origin in _ORIGINS:
        count_writes = partial(_count_writes, _new_build(world, origin), world, disk)
        writes = run_in_child(count_writes).value
        for nth, permanent in product(range(1, writes + 1, every), (False, True)):
            error = DiskError(nth, next(errors), permanent)
            _try_disk_error(world, tally, origin, error, disk)
        print(f"  {origin}: {writes} writes", flush=True)
    return tally


def _count_writes(build: Callable[[], str], world: TortureWorld, disk: FailingDisk) -> int:
    disk.arm(world.target, 0, 0, permanent=False)
    build()
    return disk.disarm()


def _try_disk_error(
    world: TortureWorld, tally: Tally, origin: str, error: DiskError, disk: FailingDisk
) -> None:
    failed_write = world.folder / "failed-write.txt"
    failed_write.write_text("")
    build = _new_build(world, origin)

    def build_with_error() -> str:
        disk.arm(world.target, error.nth, error.error, permanent=error.permanent)
        try:
            return build()
        finally:
            disk.disarm()
            failed_write.write_text(disk.failed)

    result = run_in_child(build_with_error)
    trial = f"{error} ({failed_write.read_text()}) over {origin} index"
    tally.count("built nevertheless" if result.status == DONE else result.status)
    if result.is_failure:
        tally.fail(trial, result)
    editions = {"new"} if result.status == DONE else _possible_editions(origin)
    check_survival(world, tally, trial, editions)


def try_damages(world: TortureWorld, count: int, generator: random.Random) -> Tally:
    """Damage each file of an index in turn."""
    tally = Tally("damage")
    for number, origin in zip(range(count), cycle(("old", "third")), strict=False):
        index = world.reset_target(origin)
        path = _nth_file(index, number // 2)
        damage = generator.choice(DAMAGES)
        if damage is add_file and path.parent == index:
            continue  # builds ignore other files beside "current"
        damage(path, generator)
        trial = f"{damage.__name__} {path.relative_to(index)} of {origin} index"
        _check_report(world, tally, path, trial)
        check_rebuild(world, tally, trial)
    return tally


def _nth_file(index: Path, number: int) -> Path:
    """Return each file of the current snapshot in turn, and the file that names it."""
    folder = index / "snapshots" / str(snapshot.current(index))
    not_empty = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    files = [index / "current", *sorted(not_empty)]
    return files[number % len(files)]


def _check_report(world: TortureWorld, tally: Tally, path: Path, trial: str) -> None:
    """Check that an error names the damaged file, unless the damage was harmless."""
    asked = run_in_child(lambda: world.edition_and_errors(world.target))
    if asked.status == REFUSED:
        tally.count("refused")
        is_reported = _names(str(asked.value), path)
    elif asked.status == DONE:
        errors = asked.value["errors"]
        tally.count("answered from another snapshot" if errors else "harmless")
        is_reported = _names(" ".join(errors), path) if errors else path.name == "current"
    else:
        is_reported = False
    if not is_reported:
        tally.fail(f"{trial}, then asked", asked)


def _names(message: str, path: Path) -> bool:
    return path.name in message or str(path.parent) in message


def try_memory_limits(world: TortureWorld, count: int) -> Tally:
    """Build with an increasing limit of address space."""
    tally = Tally("no memory")
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for number, origin in product(range(count // len(_ORIGINS)), _ORIGINS):
        build = _new_build(world, origin)
        limit = used + number * _MAX_ADDRESS_SPACE * len(_ORIGINS) // count

        def build_with_limit(build: Callable[[], str] = build, limit: int = limit) -> str:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            return build()

        # CPython waits forever for a thread that had no memory to start.
        result = run_in_child(build_with_limit, kill_after=_STUCK_SECONDS)
        trial = f"{(limit - used) // _MEGABYTE} MB over {origin} index"
        outcomes = {DONE: "built", CRASH: "crash of a library"}
        tally.count(outcomes.get(result.status, result.status))
        check_survival(world, tally, trial, _possible_editions(origin))
    return tally


def _run_trials(world: TortureWorld, options: argparse.Namespace) -> Iterator[Tally]:
    generator = random.Random(options.seed)
    yield try_kills(world, options.kills, generator)
    if options.every and "LD_PRELOAD" in os.environ:
        yield try_disk_errors(world, options.every, FailingDisk())
    yield try_damages(world, options.damages, generator)
    yield try_memory_limits(world, options.limits)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Test that an index survives all kinds of failure."
    )
    parser.add_argument("--kills", type=int, default=200, help="number of builds to kill")
    parser.add_argument("--every", type=int, default=1, help="fail every Nth write; 0 for none")
    parser.add_argument("--damages", type=int, default=500, help="number of files to damage")
    parser.add_argument("--limits", type=int, default=60, help="number of memory limits")
    parser.add_argument("--seed", type=int, default=5, help="seed of the random generator")
    return parser.parse_args()


def main() -> int:
    """Print outcomes and failures; return 1 when there are failures."""
    options = _parse_arguments()
    if options.every and "LD_PRELOAD" not in os.environ:
        if find_compiler() is not None:
            return _restart_with_failing_disk()
        print("there is no C compiler; disk errors are skipped")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for tally in _run_trials(TortureWorld.create(Path(folder)), options):
            print(tally, *tally.failures, sep="\n", flush=True)
            failures += len(tally.failures)
    return 1 if failures else 0


def _restart_with_failing_disk() -> int:
    """Run this script again with the failing disk loaded."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "LD_PRELOAD": str(compile_library(Path(folder)))}
        command = [sys.executable, "-m", "tests.support.torture", *sys.argv[1:]]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
