"""What an index must outlive: kills, a failing disk, damage, no memory. ``make torture`` runs it.

    python tests/torture.py [--kills 200] [--every 1] [--damages 500] [--limits 40] [--seed 5]

After each blow a question is asked: it must be answered from a whole snapshot, with quotes that the
articles say; and the next build must succeed and leave nothing behind. A tiny model of random
weights encodes, so that a build takes a third of a second: what is under test is all around it.
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

sys.path.insert(0, str(Path(__file__).parents[2]))

from index.store import snapshot
from tests.support.child_process import CRASH, DONE, KILLED, REFUSED, Ending, apart, seconds
from tests.support.damages import DAMAGES, added
from tests.support.failing_disk import FailingDisk, compiled, compiler
from tests.support.torture_world import World

_ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)
_MEGABYTE = 1 << 20
_MOST_ADDRESSES = 600 * _MEGABYTE  # beyond what the imports take
_STUCK_SECONDS = 15.0
_INDEXES = ("old", "third", "no")


@dataclass
class Tally:
    """How the blows of a kind ended, and what went wrong."""

    kind: str
    endings: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        self.endings[what] += 1

    def fault(self, where: str, ending: Ending) -> None:
        self.faults.append(f"{self.kind}, {where}: {ending.how}: {ending.value}")

    def __str__(self) -> str:
        told = ", ".join(f"{count} {what}" for what, count in sorted(self.endings.items()))
        return (
            f"{self.kind}: {sum(self.endings.values())} blows ({told}), {len(self.faults)} faults"
        )


def survives(world: World, tally: Tally, where: str, editions: set[str]) -> None:
    """One of ``editions`` answers, or "no" index is there yet; the next build is as any other."""
    seen = apart(lambda: world.edition(world.hurt))
    answers = "no" if seen.how == REFUSED and "IndexMissing" in str(seen.value) else seen.value
    if answers not in editions or seen.how not in {DONE, REFUSED}:
        tally.fault(f"{where}, then asked", seen)
    tally.count(f"then {answers}" if answers in editions else "then FAULT")
    mended = apart(lambda: world.mend(world.hurt, "new"))
    if mended != Ending(DONE, "new"):
        tally.fault(f"{where}, then built again", mended)


def kills(world: World, count: int, chance: random.Random) -> Tally:
    """Kill -9 builds at random moments: of a first index, of one after others."""
    tally = Tally("kill -9")
    lasts = {of: seconds(_building(world, of)) for of in _INDEXES}
    for number, of in zip(range(count), cycle(_INDEXES), strict=False):
        moment = chance.uniform(0, 1.1 * lasts[of])
        ending = apart(_building(world, of), kill_after=moment)
        where = f"build {number} over {of} after {moment:.3f} s"
        tally.count("finished before" if ending.how == DONE else ending.how)
        if ending.how not in {DONE, KILLED}:
            tally.fault(where, ending)
        survives(world, tally, where, _editions(of))
    return tally


def _building(world: World, of: str) -> Callable[[], str]:
    """A build of the new edition over a fresh copy."""
    index = world.copy(of)
    return lambda: world.build(index, "new")


def _editions(of: str) -> set[str]:
    return {"no" if of == "no" else "old", "new"}


def failures(world: World, every: int, disk: FailingDisk) -> Tally:
    """Fail the disk at every Nth write, once and from then on."""
    tally = Tally("failing disk")
    errors = cycle(_ERRORS)
    for of in _INDEXES:
        writes = apart(partial(_counted, _building(world, of), world, disk)).value
        for nth, stays in product(range(1, writes + 1, every), (False, True)):
            _fail(world, tally, of, Fault(nth, next(errors), stays), disk)
        print(f"  {of}: {writes} writes", flush=True)
    return tally


@dataclass(frozen=True, slots=True)
class Fault:
    """Which write fails how, and whether all later ones do, too."""

    nth: int
    error: int
    stays: bool


def _counted(build: Callable[[], str], world: World, disk: FailingDisk) -> int:
    disk.arm(world.hurt, 0, 0, stays=False)
    build()
    return disk.disarm()


def _fail(world: World, tally: Tally, of: str, fault: Fault, disk: FailingDisk) -> None:
    told = world.folder / "refused.txt"
    told.write_text("")
    build = _building(world, of)

    def failing() -> str:
        disk.arm(world.hurt, fault.nth, fault.error, stays=fault.stays)
        try:
            return build()
        finally:
            disk.disarm()
            told.write_text(disk.failed)

    ending = apart(failing)
    name = errno.errorcode[fault.error] + (" for good" if fault.stays else " once")
    where = f"{name} at write {fault.nth} ({told.read_text()}) over {of}"
    tally.count("built all the same" if ending.how == DONE else ending.how)
    if ending.bad:
        tally.fault(where, ending)
    survives(world, tally, where, {"new"} if ending.how == DONE else _editions(of))


def corruptions(world: World, count: int, chance: random.Random) -> Tally:
    """Damage each file of an index in turn, each time in another way."""
    tally = Tally("damage")
    for number, of in zip(range(count), cycle(("old", "third")), strict=False):
        index = world.copy(of)
        path = _nth_file(index, number // 2)
        damage = chance.choice(DAMAGES)
        if damage is added and path.parent == index:
            continue  # a stranger beside the pointer harms nothing, and a build leaves it alone
        damage(path, chance)
        where = f"{damage.__name__} of {path.relative_to(index)} in {of}"
        _look(world, tally, path, where)
        mended = apart(lambda: world.mend(world.hurt, "new"))
        if mended != Ending(DONE, "new"):
            tally.fault(f"{where}, then built again", mended)
    return tally


def _nth_file(index: Path, number: int) -> Path:
    """Each file of the snapshot in service in turn, and what names it."""
    inside = index / "snapshots" / str(snapshot.current(index))
    full = (path for path in inside.rglob("*") if path.is_file() and path.stat().st_size)
    files = [index / "current", *sorted(full)]  # to cut what is empty harms nothing
    return files[number % len(files)]


def _look(world: World, tally: Tally, path: Path, where: str) -> None:
    """An error or a warning names the file; or nothing that matters was damaged."""
    seen = apart(lambda: world.loudly(world.hurt))
    if seen.how == REFUSED:
        tally.count("refused")
        named = _names(str(seen.value), path)
    elif seen.how == DONE:
        warnings = seen.value["warnings"]
        tally.count("another serves, with a warning" if warnings else "no harm")
        named = _names(" ".join(warnings), path) if warnings else path.name == "current"
    else:
        named = False
    if not named:
        tally.fault(f"{where}, then asked", seen)


def _names(message: str, path: Path) -> bool:
    return path.name in message or str(path.parent) in message


def limits(world: World, count: int) -> Tally:
    """Build with ever more addresses to be had."""
    tally = Tally("no memory")
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for number, of in product(range(count // len(_INDEXES)), _INDEXES):
        build = _building(world, of)
        most = has + number * _MOST_ADDRESSES * len(_INDEXES) // count

        def limited(build: Callable[[], str] = build, most: int = most) -> str:
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
            return build()

        # CPython waits for ever for a new thread that had no memory to begin
        ending = apart(limited, kill_after=_STUCK_SECONDS)
        where = f"{(most - has) // _MEGABYTE} MB more over {of}"
        tally.count({DONE: "built", CRASH: "crash of a library"}.get(ending.how, ending.how))
        survives(world, tally, where, _editions(of))
    return tally


def _tallies(world: World, wanted: argparse.Namespace) -> Iterator[Tally]:
    chance = random.Random(wanted.seed)
    yield kills(world, wanted.kills, chance)
    if wanted.every and "LD_PRELOAD" in os.environ:
        yield failures(world, wanted.every, FailingDisk())
    yield corruptions(world, wanted.damages, chance)
    yield limits(world, wanted.limits)


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What an index must outlive.")
    parser.add_argument("--kills", type=int, default=200, help="builds to kill")
    parser.add_argument("--every", type=int, default=1, help="fail every Nth write; 0 for none")
    parser.add_argument("--damages", type=int, default=500, help="files to damage")
    parser.add_argument("--limits", type=int, default=60, help="builds with too little memory")
    parser.add_argument("--seed", type=int, default=5, help="of chance")
    return parser.parse_args()


def main() -> int:
    """Print how each kind ended and every fault; 1 when there was one."""
    wanted = _wanted()
    if wanted.every and "LD_PRELOAD" not in os.environ:
        if compiler() is None:
            print("no C compiler here: the disk cannot be made to fail, all else is tried")
        else:
            return _again_with_the_disk()
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for tally in _tallies(World.make(Path(folder)), wanted):
            print(tally, *tally.faults, sep="\n", flush=True)
            faults += len(tally.faults)
    return 1 if faults else 0


def _again_with_the_disk() -> int:
    """This very script once more, with the library in between."""
    with tempfile.TemporaryDirectory() as folder:
        between = {**os.environ, "LD_PRELOAD": str(compiled(Path(folder)))}
        return subprocess.run([sys.executable, *sys.argv], env=between, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
