"""What a reader hands back: an article that still lacks its path and its defaults."""

from dataclasses import dataclass, field, fields

from index.types import Block


@dataclass(frozen=True, slots=True)
class ParsedMetadata:
    """What a file says about itself; None where it says nothing."""

    title: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None

    def over(self, other: "ParsedMetadata") -> "ParsedMetadata":
        """These findings, and the other's where these are silent."""
        names = [item.name for item in fields(self)]
        return ParsedMetadata(
            **{name: getattr(self, name) or getattr(other, name) for name in names}
        )


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file as its reader understood it; ``blocks`` and ``heading`` are slices of ``text``."""

    text: str
    blocks: tuple[Block, ...]
    found: ParsedMetadata = field(default_factory=ParsedMetadata)
    heading: Block | None = None
