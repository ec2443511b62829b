"""Result of a reader: an article without its path and its default metadata."""

from dataclasses import dataclass, field, fields

from index.types import Block, TextFormat


@dataclass(frozen=True, slots=True)
class ParsedMetadata:
    """Metadata found in a file; None for fields that it does not give."""

    title: str | None = None
    publisher: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None

    def over(self, other: "ParsedMetadata") -> "ParsedMetadata":
        """Return these values, with those of ``other`` for the fields that are not set."""
        names = (item.name for item in fields(self))
        return ParsedMetadata(*(getattr(self, name) or getattr(other, name) for name in names))


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A parsed file; ``blocks`` and ``heading`` are slices of ``text``.

    ``notes`` tell a curator what could not be used, each on one line. ``file_chars`` counts the
    characters of visible text in the file, kept or not, without white space (of a web page,
    outside links and navigation); 0 if they are those of ``text``. ``text_format`` is None if it
    is the usual one of files with this suffix.
    """

    text: str
    blocks: tuple[Block, ...]
    metadata: ParsedMetadata = field(default_factory=ParsedMetadata)
    heading: Block | None = None
    notes: tuple[str, ...] = ()
    file_chars: int = 0
    text_format: TextFormat | None = None
