"""Report what was kept of each file in seeds, so that a bad extraction is seen before members do.

``quoth sources --check`` prints it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.ingest.loader import FolderContents, load_folder
from index.ingest.parsing.metadata.front_matter import parse_front_matter
from index.ingest.parsing.normalize import printable
from index.ingest.seed_file import LoadedFile, SeedFile
from index.text.sentences import split_passages
from index.text.spans import count_characters
from index.types import Metadata, OnProgress

_OPENING_CHARS = 80
_MAX_NAMES = 3  # of missing files that are shown


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Result of reading a file: an article, or the ``reason`` why it was left out.

    ``kept_chars`` counts the characters in passages and headings, ``file_chars`` those of all
    visible text in the file (of a web page, outside links and navigation), both without white
    space. ``opening`` is the beginning of the first passage.
    """

    path: str
    metadata: Metadata | None = None
    passages: int = 0
    sections: int = 0
    kept_chars: int = 0
    file_chars: int = 0
    opening: str = ""
    notes: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def kept_share(self) -> float:
        """The share of the file's text that can be quoted, at most 1."""
        return min(1.0, self.kept_chars / self.file_chars) if self.file_chars else 0.0


def check_folder(
    seeds: Path, on_progress: OnProgress | None = None
) -> tuple[list[FileCheck], dict[str, int]]:
    """Read every file in ``seeds``; return what became of each, by path, and the ignored suffixes.

    Raises SeedsError if the folder does not exist or holds no file of a supported format.
    """
    loaded = load_folder(seeds, SeedFile.load, on_progress)
    return sorted(_checks(loaded), key=lambda check: check.path), loaded.ignored


def _checks(loaded: FolderContents[LoadedFile]) -> Iterator[FileCheck]:
    yield from map(_check_file, loaded.files)
    for skip in loaded.skipped:
        yield FileCheck(skip.path, reason=skip.reason)
    for note in loaded.empty:
        yield FileCheck(note.path, reason=note.text)


def _check_file(file: LoadedFile) -> FileCheck:
    article = file.article
    passages = split_passages(article)
    headings = {passage.section for passage in passages if passage.section}
    kept = sum(count_characters(article.text, block.start, block.end) for block in article.blocks)
    kept += sum(map(count_characters, {article.metadata.title, *headings}))
    file_chars = file.file_chars or _body_chars(article.text)
    first = article.text[passages[0].start : passages[0].end] if passages else ""
    return FileCheck(
        path=article.path,
        metadata=article.metadata,
        passages=len(passages),
        sections=len(headings),
        kept_chars=kept,
        file_chars=file_chars,
        opening=" ".join(first[: 2 * _OPENING_CHARS].split())[:_OPENING_CHARS],
        notes=(*(note.text for note in file.notes), *_missing_note(file.missing_includes)),
    )


def _body_chars(text: str) -> int:
    return count_characters(text, parse_front_matter(text).body)


def _missing_note(names: Sequence[str]) -> Iterator[str]:
    """Yield a note on files that an article includes but that are not in seeds."""
    if names:
        shown = ", ".join(map(printable, names[:_MAX_NAMES]))
        more = ", …" if len(names) > _MAX_NAMES else ""
        files = "file is" if len(names) == 1 else "files are"
        yield f"{len(names)} included {files} not in seeds: {shown}{more}; copy them here"
