"""Name the sections of an article, so that equal headings can be told apart.

"Fixed" in a list of changes says nothing without the version above it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

_BETWEEN = " › "


def naming_headings(paths: Iterable[Sequence[str]]) -> frozenset[str]:
    """Return the headings that have the same heading right below them as another one.

    Each path is a heading behind those above it.
    """
    above: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        above[path[-1]].add(path[-2] if len(path) > 1 else "")
    return frozenset(name for names in above.values() if len(names) > 1 for name in names if name)


def section_name(path: Sequence[str], naming: frozenset[str]) -> str:
    """Return the last heading of a path, behind those above it that name it."""
    name = path[0]
    for above, heading in pairwise(path):
        is_named = above in naming and above != heading
        name = f"{name}{_BETWEEN}{heading}" if is_named else heading
    return name
