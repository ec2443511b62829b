"""Read a file of seeds: its text with what it includes, its sidecar, and the article they make."""

import hashlib
import os
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from index.errors import ReadError
from index.ingest.folder import read_bytes, read_inside
from index.ingest.formats import TEXT_SUFFIXES, SourceText, parse, source_text
from index.ingest.includes import IncludableFiles
from index.ingest.parsing.dates import split_dated_name
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.metadata.front_matter import SIDECAR_SUFFIX, FrontMatter, parse_sidecar
from index.ingest.parsing.normalize import is_printable, printable, suffix_of, title_from_path
from index.types import Article, Metadata, slug

_VERSION_BYTES = 16


@dataclass(frozen=True, slots=True)
class FileNote:
    """A one-line note on an article that was read: metadata passed over, text that may be lost."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """An article, notes on it, and the characters of visible text in its file; 0 if unknown.

    ``included`` are the paths of files whose content it includes, ``missing_includes`` the names of
    files that are not in seeds.
    """

    article: Article
    notes: tuple[FileNote, ...]
    file_chars: int
    included: tuple[str, ...] = ()
    missing_includes: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The article's path inside seeds."""
        return self.article.path


@dataclass(frozen=True)  # without slots, for the cached property
class SeedFile:
    """A file of a supported format below ``root``, and the files that it may include."""

    root: Path
    path: str
    includable: IncludableFiles

    @cached_property
    def real_path(self) -> str:
        """Its path without symbolic links."""
        return os.path.realpath(f"{self.root}/{self.path}")

    @cached_property
    def data(self) -> bytes:
        """Its content. Raises ReadError."""
        if not is_printable(self.path):
            raise ReadError("its name contains unprintable characters; rename it")
        return read_bytes(self.root, self.path, self.real_path)

    @cached_property
    def sidecar(self) -> bytes | None:
        """The content of its sidecar; None for a format with front matter, or without one."""
        name = self.path + SIDECAR_SUFFIX
        if suffix_of(self.path) in TEXT_SUFFIXES or not (self.root / name).is_file():
            return None
        try:
            return read_inside(self.root, name)
        except ReadError as error:
            raise ReadError(f"{printable(name)}: {error}") from error

    @cached_property
    def source(self) -> SourceText | None:
        """Its text with what it includes; None if it is no text. Raises ReadError."""
        return source_text(self.path, self.data, self.includable)

    @property
    def included(self) -> tuple[str, ...]:
        """Paths of the files that it includes. Raises ReadError."""
        return self.source.expansion.included if self.source else ()

    def version(self) -> str:
        """Hash all that its article depends on. Raises ReadError."""
        hashed = hashlib.blake2b(self.data, digest_size=_VERSION_BYTES)
        if self.sidecar is not None:
            hashed.update(hashlib.blake2b(self.sidecar).digest())
        if self.source:
            expansion = self.source.expansion
            hashed.update(expansion.text.encode("utf-8", "surrogatepass"))
            hashed.update(repr(sorted(expansion.titles.items())).encode())
            hashed.update(repr(expansion.name).encode())
        return hashed.hexdigest()

    def load(self) -> LoadedFile:
        """Read the article. Raises ReadError if it cannot become one."""
        path = self.path
        document = parse(path, self.data, self.source)
        sidecar = self._parse_sidecar()
        name = self.source.expansion.name if self.source else None
        article = _to_article(path, document, sidecar.metadata, name)
        sidecar_notes = (f"{printable(path + SIDECAR_SUFFIX)}: {note}" for note in sidecar.notes)
        notes = tuple(FileNote(path, note) for note in (*document.notes, *sidecar_notes))
        missing = self.source.expansion.missing if self.source else ()
        return LoadedFile(article, notes, document.file_chars, self.included, missing)

    def _parse_sidecar(self) -> FrontMatter:
        if self.sidecar is None:
            return FrontMatter()
        try:
            return parse_sidecar(decode(self.sidecar))
        except ReadError as error:
            raise ReadError(f"{printable(self.path + SIDECAR_SUFFIX)}: {error}") from error


def _to_article(
    path: str, document: ParsedDocument, sidecar: ParsedMetadata, name: str | None
) -> Article:
    """Combine the metadata of a sidecar, of the file itself and of its name, in this order.

    ``name`` is the one in the navigation of the site, None if it has none there.
    """
    date, stem = split_dated_name(slug(path)) if suffix_of(path) in TEXT_SUFFIXES else (None, path)
    named = ParsedMetadata(title=name or title_from_path(stem), published=date)
    metadata = sidecar.over(document.metadata).over(named)
    own = Metadata(**asdict(metadata), text_format=document.text_format)
    return Article(path, document.text, own, document.blocks, document.heading)
