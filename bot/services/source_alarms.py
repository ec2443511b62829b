"""Notice problems of followed sources that last, so that each of them is reported once."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.sources.file_names import STATE_FOLDER
from index.sources.ledger import write_json
from index.text.urls import is_http_url

log = logging.getLogger(__name__)

CHECKS_UNTIL_ALARM = 3
_ALARMS_FILE = "alarms"  # without a suffix, for a source may have this name
Counts = dict[str, int]  # by a problem's page or line: the checks in a row that had it
_COUNTS = TypeAdapter(dict[str, Counts])


@dataclass(frozen=True, slots=True)
class Alarm:
    """Problems of a source that have just lasted too long, or the end of all that had."""

    problems: tuple[str, ...] = ()
    is_over: bool = False


class SourceAlarms:
    """The problems of each source, by its name, kept in ``seeds/.sources``."""

    def __init__(self, seeds: Path) -> None:
        self._path = seeds / STATE_FOLDER / _ALARMS_FILE
        self._counts: dict[str, Counts] | None = None

    def update(
        self, problems: Mapping[str, Sequence[str]], followed: Collection[str]
    ) -> dict[str, Alarm]:
        """Count the problems of the sources that were checked; return the alarms to report."""
        before = self._load()
        checked = {name: _count(before.get(name, {}), lines) for name, lines in problems.items()}
        counts = {name: each for name, each in (before | checked).items() if each}
        self._save({name: each for name, each in counts.items() if name in {*followed, *checked}})
        alarms = {
            name: _alarm(before.get(name, {}), checked[name], lines)
            for name, lines in problems.items()
        }
        return {name: alarm for name, alarm in alarms.items() if alarm is not None}

    def _load(self) -> dict[str, Counts]:
        if self._counts is None:
            try:
                self._counts = _COUNTS.validate_json(self._path.read_bytes())
            except (OSError, ValidationError):
                self._counts = {}
        return self._counts

    def _save(self, counts: dict[str, Counts]) -> None:
        if counts == self._counts:
            return
        self._counts = counts
        try:
            write_json(self._path, counts)
        except OSError as error:
            log.warning("cannot save which sources fail: %s", error)


def _count(before: Counts, lines: Sequence[str]) -> Counts:
    return {key: before.get(key, 0) + 1 for key in map(_key, lines)}


def _alarm(before: Counts, counts: Counts, lines: Sequence[str]) -> Alarm | None:
    new = tuple(line for line in lines if counts[_key(line)] == CHECKS_UNTIL_ALARM)
    if new:
        return Alarm(new)
    was_reported = any(count >= CHECKS_UNTIL_ALARM for count in before.values())
    return Alarm(is_over=True) if was_reported and not counts else None


def _key(line: str) -> str:
    """Return the page that has a problem, for its reason may vary; else the whole line."""
    page, colon, _reason = line.partition(": ")
    return page if colon and is_http_url(page) else line
