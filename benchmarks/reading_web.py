"""Measure how well web pages are read, beside trafilatura's own text and metadata.

    python -m benchmarks.reading_web FOLDER [--half 0|1] [--trafilatura] [--failures]

FOLDER holds ``pages/`` and ``expected.json``: for each page its file, snippets that must and must
not be in its text (``with``, ``without``), and its title, author and date, empty where it names
none. Snippets are counted as trafilatura's evaluation counts them. A refused page counts as one
without text. ``--half`` takes every other page, so that rules can be checked on pages that they
were not made for.
"""

import argparse
import json
import re
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ReadError
from index.ingest.formats import parse
from index.ingest.parsing.document import ParsedDocument

_CONNECTIVES = {"and", "by", "et", "i", "und", "y"}


@dataclass(frozen=True, slots=True)
class ExpectedPage:
    """A page with its snippets and metadata; None where the data says nothing about a field."""

    path: Path
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    title: str | None
    author: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class PageReading:
    """Text and metadata read from a page; ``refusal`` is the reason if there is no text."""

    text: str = ""
    title: str = ""
    author: str = ""
    date: str = ""
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong value: the measure it counts against, and what was expected and read."""

    measure: str
    page: str
    detail: str


@dataclass(frozen=True, slots=True)
class WebFigures:
    """Figures of one reader over all pages."""

    rates: dict[str, float]
    refused: int
    seconds: float
    mistakes: tuple[Mistake, ...]


PageReader = Callable[[bytes], PageReading]


def load_pages(folder: Path) -> list[ExpectedPage]:
    """Load the expected values of the pages in ``folder``."""
    entries = json.loads((folder / "expected.json").read_text("utf-8")).values()
    return [_expected_page(folder / "pages", entry) for entry in entries]


def read_with_quoth(data: bytes) -> PageReading:
    """Read a page as Quoth indexes it: its passages, each section's heading in front of them."""
    try:
        document = parse("page.html", data)
    except ReadError as error:
        return PageReading(refusal=str(error))
    metadata = document.metadata
    return PageReading(
        "\n".join(_passages_with_headings(document)),
        metadata.title or "",
        metadata.author or "",
        metadata.published or "",
    )


def read_with_trafilatura(data: bytes) -> PageReading:
    """Read a page as trafilatura does by default, without comments."""
    import trafilatura

    text = trafilatura.extract(data, include_comments=False)
    metadata = trafilatura.extract_metadata(data)
    if text is None:
        return PageReading(refusal="no text")
    return PageReading(text, metadata.title or "", metadata.author or "", metadata.date or "")


def measure_pages(pages: Sequence[ExpectedPage], read: PageReader) -> WebFigures:
    """Read every page and compare it with the expected values."""
    contents = [page.path.read_bytes() for page in pages]
    started = time.process_time()  # other processes do not count
    readings = [read(data) for data in contents]
    seconds = time.process_time() - started
    pairs = [*zip(pages, readings, strict=True)]
    counted = [counts for page, reading in pairs for counts in _judgements(page, reading)]
    rates = {name: _rate(counted, name) for name in dict.fromkeys(name for name, *_ in counted)}
    kept = rates.pop("unwanted snippet kept") * sum(len(page.unwanted) for page in pages)
    found = rates["recall"] * sum(len(page.wanted) for page in pages)
    return WebFigures(
        {"recall": rates.pop("recall"), "precision": found / max(1, found + kept), **rates},
        sum(reading.refusal is not None for reading in readings),
        seconds,
        tuple(mistake for page, reading in pairs for mistake in _mistakes(page, reading)),
    )


def table(folder: Path, half: int | None = None, *, compare: bool = False) -> Iterator[str]:
    """Yield the figures as a Markdown table, with ``compare`` trafilatura's beside Quoth's."""
    pages = [page for page in load_pages(folder) if half is None or _half(page) == half]
    readers = {"Quoth": read_with_quoth}
    if compare:
        readers["trafilatura"] = read_with_trafilatura
    figures = [measure_pages(pages, read) for read in readers.values()]
    yield f"| {len(pages)} web pages | {' | '.join(readers)} |"
    yield "| --- |" + " --- |" * len(readers)
    for name in figures[0].rates:
        yield _row(name, [f"{figure.rates[name]:.3f}" for figure in figures])
    yield _row("refused", [str(figure.refused) for figure in figures])
    yield _row("seconds of CPU time", [f"{figure.seconds:.1f}" for figure in figures])


def _row(name: str, values: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(values)} |"


def _expected_page(folder: Path, entry: dict[str, Any]) -> ExpectedPage:
    author = entry.get("author")
    return ExpectedPage(
        folder / entry["file"],
        tuple(entry["with"]),
        tuple(entry["without"]),
        entry.get("title"),
        ", ".join(author) if isinstance(author, list) else author,
        entry.get("date"),
    )


def _passages_with_headings(document: ParsedDocument) -> Iterator[str]:
    section = None
    for block in document.blocks:
        if block.section and block.section != section:
            yield block.section
        section = block.section
        yield document.text[block.start : block.end]


def _judgements(page: ExpectedPage, reading: PageReading) -> Iterator[tuple[str, bool, str]]:
    """Yield for every expected value its measure, whether it counts, and the detail."""
    text = _one_line(reading.text)
    for snippet in page.wanted:
        yield "recall", _one_line(snippet) in text, snippet
    for snippet in page.unwanted:
        yield "unwanted snippet kept", _one_line(snippet) in text, snippet
    if page.title:
        is_right = _one_line(page.title) == _one_line(reading.title)
        yield "title exact", is_right, f"{page.title!r}, read {reading.title!r}"
    if page.date:
        yield "date right", page.date == reading.date, f"{page.date}, read {reading.date}"
    if page.author:
        is_right = _names(page.author) == _names(reading.author)
        yield "author right", is_right, f"{page.author!r}, read {reading.author!r}"
    elif page.author is not None:
        yield "author given though none is named", bool(reading.author), reading.author


def _mistakes(page: ExpectedPage, reading: PageReading) -> Iterator[Mistake]:
    if reading.refusal:
        yield Mistake("refused", page.path.name, reading.refusal)
        return
    for measure, counts, detail in _judgements(page, reading):
        is_bad_when_true = measure in {"unwanted snippet kept", "author given though none is named"}
        if counts == is_bad_when_true:
            yield Mistake(measure, page.path.name, detail)


def _rate(judgements: Sequence[tuple[str, bool, str]], measure: str) -> float:
    counts = [counts for name, counts, _ in judgements if name == measure]
    return sum(counts) / len(counts)


def _half(page: ExpectedPage) -> int:
    return zlib.crc32(page.path.name.encode()) % 2


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _names(author: str) -> set[str]:
    return set(re.findall(r"\w+", author.casefold())) - _CONNECTIVES


def main() -> None:
    """Print the table, and with ``--failures`` every wrong value."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--trafilatura", action="store_true")
    parser.add_argument("--failures", action="store_true")
    options = parser.parse_args()
    print("\n".join(table(options.folder, options.half, compare=options.trafilatura)))
    if options.failures:
        pages = load_pages(options.folder)
        pages = [page for page in pages if options.half in {None, _half(page)}]
        for mistake in measure_pages(pages, read_with_quoth).mistakes:
            print(f"{mistake.measure}\t{mistake.page}\t{mistake.detail}")


if __name__ == "__main__":
    main()
