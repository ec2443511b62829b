"""Put the newest edition of a passage first, or the one that the question names.

Documentation often keeps a folder for each version, and minutes one for each year: the passages of
``v1.0/ports.md`` and ``v2.0/ports.md`` say nearly the same. Their scores differ by chance.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from index.search.candidates import PassageTexts
from index.search.ranker import RankedPassage
from index.search.selection.dedup import repeats

SHOWN = 12  # passages, about as many as are shown at once with their duplicates
_VERSION = re.compile(
    r"(?:release|version|ver|v|r)?[-_. ]?(\d{1,4}(?:[._]\d{1,4}){0,3})(?:[._-]?x)?", re.IGNORECASE
)
_CURRENT = frozenset({"current", "latest", "main", "master", "next", "stable"})
_FOLDERS = {"versioned_docs": "docs"}  # Docusaurus keeps the current edition elsewhere
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,4})*")

Version = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """The path of an article without its version, and the version, (inf,) for the current one."""

    article: str
    version: Version


def edition_of(path: str) -> Edition:
    """Split the versions from the folders of a path: ``docs/v2.0/a.md`` → ``docs/a.md``, (2, 0)."""
    *folders, name = path.split("/")
    kept: list[str] = []
    version: Version = ()
    for folder in folders:
        if match := _VERSION.fullmatch(folder):
            version += tuple(map(int, re.split(r"[._]", match[1])))
        elif folder.casefold() not in _CURRENT:
            kept.append(_FOLDERS.get(folder, folder))
    return Edition("/".join([*kept, name]), version or (inf,))


def has_editions(paths: Sequence[str]) -> bool:
    """Return whether two of these paths are editions of one article."""
    distinct = {*paths}
    return len({edition_of(path).article for path in distinct}) < len(distinct)


def newest_editions_first(
    question: str, ranking: Sequence[RankedPassage], paths: Sequence[str], texts: PassageTexts
) -> list[RankedPassage]:
    """Reorder the editions of a passage among the places that they have in the ranking.

    ``paths`` are those of their articles.
    """
    editions = [edition_of(path) for path in paths]
    counts = Counter(edition.article for edition in editions)
    reordered = [*ranking]
    places = [place for place, each in enumerate(editions) if counts[each.article] > 1]
    while places:
        alike = _alike(places, editions, ranking, texts)
        best_first = sorted(alike, key=lambda place: _preference(question, editions[place]))
        for place, other in zip(alike, reversed(best_first), strict=True):
            reordered[place] = replace(ranking[other], score=ranking[place].score)
        places = [place for place in places if place not in alike]
    return reordered


def _alike(
    places: Sequence[int],
    editions: Sequence[Edition],
    ranking: Sequence[RankedPassage],
    texts: PassageTexts,
) -> list[int]:
    """Return the first of ``places`` and those of other editions of its passage."""
    first, *others = places
    article, own = editions[first].article, texts.passage_text(ranking[first].row)
    alike = {editions[first].version: first}
    for place in others:
        edition, text = editions[place], texts.passage_text(ranking[place].row)
        if edition.article == article and (text == own or repeats(text, own)):
            alike.setdefault(edition.version, place)
    return [*alike.values()]


def _preference(question: str, edition: Edition) -> tuple[bool, Version]:
    """Return a key by which editions that the question names come last, and newer ones later."""
    named = (tuple(map(int, number.split("."))) for number in _NUMBER.findall(question))
    return any(_is_named(edition.version, each) for each in named), edition.version


def _is_named(version: Version, named: Version) -> bool:
    """Return whether "3" or "3.1" names version 3.1, and "3.1" version 3."""
    shared = min(len(version), len(named))
    return version[:shared] == named[:shared]
