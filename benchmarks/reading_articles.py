"""Measure how much of the text of whole articles is read from web pages.

    python -m benchmarks.reading_articles FOLDER

FOLDER is a copy of Zyte's article-extraction-benchmark: ``ground-truth.json`` with the text of each
article, and ``html/`` with its page. Texts are compared as there, by their runs of four words; the
shares are means over the pages.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

from benchmarks.reading_web import PageReader, read_with_quoth, read_with_trafilatura

_RUN_WORDS = 4
_READERS: dict[str, PageReader] = {"Quoth": read_with_quoth, "trafilatura": read_with_trafilatura}


def load_articles(folder: Path) -> list[tuple[bytes, str]]:
    """Load the pages in ``folder`` with the texts of their articles."""
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    pages = {name: (folder / "html" / f"{name}.html.gz").read_bytes() for name in truth}
    return [(gzip.decompress(pages[name]), truth[name]["articleBody"]) for name in truth]


def compare_texts(expected: str, read: str) -> tuple[float, float, float]:
    """Return F1, precision and recall of the runs of words in a text."""
    wanted, found = _runs(expected), _runs(read)
    common = (wanted & found).total()
    precision = common / found.total() if found else 0.0
    recall = common / wanted.total() if wanted else 1.0
    return 2 * common / max(1, wanted.total() + found.total()), precision, recall


def table(articles: Sequence[tuple[bytes, str]]) -> Iterator[str]:
    """Yield the figures as a Markdown table."""
    yield f"| {len(articles)} articles | F1 | precision | recall | refused |"
    yield "| --- | --- | --- | --- | --- |"
    for name, read in _READERS.items():
        readings = [read(page) for page, _ in articles]
        shares = [
            compare_texts(text, reading.text)
            for (_, text), reading in zip(articles, readings, strict=True)
        ]
        means = " | ".join(f"{mean(column):.3f}" for column in zip(*shares, strict=True))
        yield f"| {name} | {means} | {sum(each.refusal is not None for each in readings)} |"


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    count = max(1, len(words) - _RUN_WORDS + 1) if words else 0
    return Counter(tuple(words[start : start + _RUN_WORDS]) for start in range(count))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    print("\n".join(table(load_articles(parser.parse_args().folder))))


if __name__ == "__main__":
    main()
