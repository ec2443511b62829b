"""The shards of Discord's gateway that one process runs: ``0-3/16`` are four of sixteen.

Discord sends the events of a server to one shard, and those of direct messages to shard 0.
"""

import re
from dataclasses import dataclass

_PATTERN = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?/([1-9]\d{0,4})")
_TIMESTAMP_SHIFT = 22  # of Discord's ids; the bits below count within a millisecond


@dataclass(frozen=True, slots=True)
class ShardRange:
    """The shards from ``first`` to ``last``, of ``total`` that are numbered from 0."""

    first: int
    last: int
    total: int

    @classmethod
    def parse(cls, text: str) -> "ShardRange":
        """Parse ``0-3/16`` or ``5/16``. Raises ValueError with one clear line."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise ValueError("expected FIRST-LAST/TOTAL, such as 0-3/16 for four of 16 shards")
        first, last, total = int(match[1]), int(match[2] or match[1]), int(match[3])
        if first > last:
            raise ValueError(f"the first shard, {first}, comes after the last, {last}")
        if last >= total:
            raise ValueError(f"shards are numbered from 0, so the last of {total} is {total - 1}")
        return cls(first, last, total)

    def __str__(self) -> str:
        shards = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{shards}/{self.total}"

    @property
    def ids(self) -> range:
        """The numbers of the shards."""
        return range(self.first, self.last + 1)

    @property
    def is_complete(self) -> bool:
        """True if no shard is left to other processes."""
        return len(self.ids) == self.total

    def serves(self, guild: int | None) -> bool:
        """Return whether the events of a server, or of direct messages for None, come here."""
        return ((guild or 0) >> _TIMESTAMP_SHIFT) % self.total in self.ids

    def condition(self, column: str = "guild_id") -> str:
        """Return SQL that is true for the rows of these shards' servers."""
        shard = f"((coalesce({column}, 0) >> {_TIMESTAMP_SHIFT}) % {self.total})"
        return f"{shard} BETWEEN {self.first} AND {self.last}"


ALL_SHARDS = ShardRange(0, 0, 1)  # one process serves every server
