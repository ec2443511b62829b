"""Cache the robots.txt of hosts, each until it expires (RFC 9309, section 2.4)."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from protego import Protego

_MAX_AGE_SECONDS = 86_400.0
_MIN_AGE_SECONDS = 600.0  # many sites say 0, and a robots.txt for each page helps nobody
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NOT_STORED = re.compile(r"\bno-(?:store|cache)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """The text of a robots.txt, "" if there is none, and the Unix times of its validity."""

    text: str
    fetched: float
    expires: float


class RobotsCache:
    """Rules by the URL of their robots.txt; ``clock`` returns the Unix time."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._files: dict[str, RobotsFile] = {}
        self._rules: dict[str, Protego] = {}
        self._clock = clock

    def load(self, files: Mapping[str, RobotsFile]) -> None:
        """Add files that were fetched earlier."""
        self._files |= files

    @property
    def files(self) -> dict[str, RobotsFile]:
        """The files that have not expired."""
        return {url: file for url, file in self._files.items() if self._is_valid(file)}

    def get(self, url: str) -> Protego | None:
        """Return the rules of a robots.txt; None if it has to be fetched."""
        file = self._files.get(url)
        if file is None or not self._is_valid(file):
            return None
        if url not in self._rules:
            self._rules[url] = Protego.parse(file.text)
        return self._rules[url]

    def put(self, url: str, text: str, cache_control: str = "") -> Protego:
        """Keep a robots.txt for as long as its Cache-Control allows, a day at most."""
        now = self._clock()
        self._files[url] = RobotsFile(text, now, now + _lifetime_seconds(cache_control))
        self._rules[url] = rules = Protego.parse(text)
        return rules

    def _is_valid(self, file: RobotsFile) -> bool:
        """Return whether a file still holds; one from the future was written by a wrong clock."""
        return file.fetched <= self._clock() < file.expires


def _lifetime_seconds(cache_control: str) -> float:
    if _NOT_STORED.search(cache_control):
        return _MIN_AGE_SECONDS
    max_age = _MAX_AGE.search(cache_control)
    seconds = float(max_age[1]) if max_age else _MAX_AGE_SECONDS
    return min(max(seconds, _MIN_AGE_SECONDS), _MAX_AGE_SECONDS)
