"""robots.txt as RFC 9309 has it: the group for us or for all, the longest rule that matches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

AGENT = "Quoth"
_MAX_RULES = 5_000
_LINE = re.compile(r"\s*([A-Za-z-]+)\s*:\s*([^#]*)")


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of a host for one agent: (allowed, pattern) pairs; without any all is allowed."""

    rules: tuple[tuple[bool, str], ...] = ()

    @classmethod
    def parse(cls, text: str, agent: str = AGENT) -> "Robots":
        """The rules for ``agent``; those for ``*`` where none are its own."""
        groups = list(_groups(text))
        for name in (agent.lower(), "*"):
            rules = [rule for agents, of in groups if name in agents for rule in of]
            if any(name in agents for agents, _ in groups):
                return cls(tuple(rules[:_MAX_RULES]))
        return cls()

    def allows(self, target: str) -> bool:
        """Whether the path with its query may be fetched; where rules tie, allowing wins."""
        path = _normal(target)
        found = ((len(p), allowed) for allowed, p in self.rules if p and _matches(p, path))
        return max(found, default=(0, True))[1]


def _groups(text: str) -> Iterator[tuple[set[str], list[tuple[bool, str]]]]:
    """Agents (in small letters) and rules of each group, in order."""
    agents: set[str] = set()
    rules: list[tuple[bool, str]] = []
    named = False  # whether the line before named an agent: several may share a group
    for line in text.lstrip("\ufeff").splitlines():
        found = _LINE.match(line)
        key, value = (found[1].lower(), found[2].strip()) if found else ("", "")
        if key == "user-agent":
            if not named and agents:
                yield agents, rules
                agents, rules = set(), []
            agents.add(value.lower().partition("/")[0])
            named = True
        elif key in {"allow", "disallow"}:
            rules.append((key == "allow", _normal(value)))
            named = False
    yield agents, rules


def _normal(path: str) -> str:
    """One spelling of what may be written with or without percent signs."""
    return quote(unquote(path, errors="surrogateescape"), safe="/*$?=&;,:@+!'()~", errors="replace")


def _matches(pattern: str, path: str) -> bool:
    """Whether the path begins as the pattern says: * is anything, $ at its end is the end."""
    anchored = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    last = rest.pop() if anchored and rest else None
    for piece in rest:
        position = path.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    if not anchored:
        return True
    if last is None:
        return position == len(path)
    return len(path) - len(last) >= position and path.endswith(last)
