"""Measure how well PDFs are read, beside PDFium's own text of their pages.

    python -m benchmarks.reading_pdf FOLDER [--failures]

A word is *unseen* if Quoth stores it more often than PDFium sees it on the pages. Words that were
broken at a line end count as seen joined, hyphenated and in halves.
"""

import argparse
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from index.errors import ReadError
from index.ingest.readers.pdf.reader import read_pdf

MAX_UNSEEN_SHARE = 0.02
_CJK = "\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff"  # written without spaces
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_TEX_LIGATURES = {0x1B: "ff", 0x1C: "fi", 0x1D: "fl", 0x1E: "ffi", 0x1F: "ffl"}
_LINE_END_HYPHEN = re.compile(r"(\w+)(?:[-‐\u00ad]\s*[\r\n]+\s*|[\x02\ufffe]\s*)(\w+)")
_SUPERSCRIPT_MARKS = re.compile(r"[\^_]\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class PdfReading:
    """Words of one PDF; ``refusal`` is the reason if it was not read."""

    name: str
    stored: int = 0
    on_pages: int = 0
    unseen: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refusal: str | None = None
    seconds: float = 0.0

    @property
    def unseen_share(self) -> float:
        """Share of the stored words that PDFium does not see."""
        return len(self.unseen) / max(1, self.stored)

    @property
    def kept_share(self) -> float:
        """Share of the words on the pages that are stored; the rest is page furniture or lost."""
        return 1 - len(self.missing) / max(1, self.on_pages)


def compare(path: Path) -> PdfReading:
    """Read a PDF and compare its words with those that PDFium sees."""
    data = path.read_bytes()
    started = time.perf_counter()
    try:
        document = read_pdf(data)
    except ReadError as error:
        seconds = time.perf_counter() - started
        return PdfReading(path.name, refusal=str(error), seconds=seconds)
    seconds = time.perf_counter() - started
    pages = page_texts(data)
    stored, seen = Counter(words(document.text)), Counter(words("\n".join(pages)))
    unseen = stored - seen - Counter(_rejoined(pages))
    return PdfReading(
        path.name,
        stored.total(),
        seen.total(),
        tuple(unseen.elements()),
        tuple((seen - stored).elements()),
        seconds=seconds,
    )


def page_texts(data: bytes) -> list[str]:
    """Return PDFium's text of each page; none if it cannot open the file."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return []
    texts = (page.get_textpage().get_text_range() for page in document)
    return [text.translate(_TEX_LIGATURES) for text in texts]


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; accents and superscript marks do not count."""
    plain = _SUPERSCRIPT_MARKS.sub(r"\1", text)
    decomposed = unicodedata.normalize("NFKD", plain.casefold().replace("\u00ad", ""))
    return _WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c)))


def _rejoined(pages: Iterable[str]) -> Iterator[str]:
    """Yield the words that a line end or a page end may have broken, and their halves."""
    for first, second in _LINE_END_HYPHEN.findall("\n".join(pages)):
        yield from words(f"{first}{second} {first} {second}")


def table(paths: Sequence[Path], *, list_words: bool = False) -> Iterator[str]:
    """Yield a table of the PDFs, worst first, and how many are over the limit."""
    readings = sorted(
        map(compare, paths), key=lambda reading: (-reading.unseen_share, reading.name)
    )
    read = [reading for reading in readings if reading.refusal is None]
    yield "| PDF | words | unseen | kept | seconds |"
    yield "| --- | --- | --- | --- | --- |"
    for reading in read:
        yield (
            f"| {reading.name} | {reading.stored} | {reading.unseen_share:.1%} "
            f"| {reading.kept_share:.1%} | {reading.seconds:.2f} |"
        )
        if list_words and reading.unseen:
            yield f"  unseen: {' '.join(reading.unseen[:40])}"
    yield ""
    for reading in readings:
        if reading.refusal is not None:
            yield f"refused: {reading.name}: {reading.refusal}"
    over = sum(reading.unseen_share > MAX_UNSEEN_SHARE for reading in read)
    seconds = sum(reading.seconds for reading in readings)
    yield (
        f"{len(readings)} PDFs, {len(readings) - len(read)} refused, {over} with over "
        f"{MAX_UNSEEN_SHARE:.0%} unseen words, {seconds:.1f} seconds"
    )


def main() -> None:
    """Print the table of the PDFs in a folder; with ``--failures`` also the unseen words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--failures", action="store_true")
    options = parser.parse_args()
    paths = sorted(options.folder.rglob("*.pdf"))
    print("\n".join(table(paths, list_words=options.failures)))


if __name__ == "__main__":
    main()
