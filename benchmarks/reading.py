"""Measure how well the files of a folder are read.

    python -m benchmarks.reading FOLDER [--failures]

A folder with ``expected.json`` holds web pages with snippets and metadata: see reading_web.
PDF files in a folder are compared with PDFium's own text of their pages: see reading_pdf.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks import reading_pdf, reading_web


def tables(folder: Path, *, failures: bool = False) -> Iterator[str]:
    """Yield the lines of a table for each kind of data in ``folder``."""
    if (folder / "expected.json").is_file():
        yield from reading_web.table(folder)
    if paths := sorted(folder.rglob("*.pdf")):
        yield from reading_pdf.table(paths, list_words=failures)


def main() -> None:
    """Print the tables; with ``--failures`` also the words that were read wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--failures", action="store_true")
    options = parser.parse_args()
    lines = [*tables(options.folder, failures=options.failures)]
    if not lines:
        parser.error(f"{options.folder} holds neither expected.json nor PDF files")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
