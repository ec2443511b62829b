"""Count the operations of a build and of questions, and compare them with committed figures.

    python -m benchmarks.operations            # exit status 1 if a figure differs
    python -m benchmarks.operations --write    # commit the new figures

Unlike times, the counts are the same on every machine, so a slowdown shows wherever this runs.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import CO_GENERATOR, CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from bot.app.client import create_bot
from bot.config.settings import Settings
from bot.questions.context import AskContext
from bot.questions.question import Question
from index.build.article_columns import ArticleBuilder, ArticleColumns
from index.build.pipeline import build
from index.embed.onnx import OnnxEncoder
from index.searcher import Searcher

Counts = dict[str, dict[str, int]]  # operations of each step

FIGURES = Path(__file__).with_name("operations.json")

_ROOT = Path(__file__).parents[1]
_OWN_CODE = tuple(f"{_ROOT / package}{os.sep}" for package in ("bot", "index"))
_CALLS = "calls of our Python functions"
# A function that is inlined by a newer Python, or a candidate more or less on another processor.
_TOLERANCES = {_CALLS: 0.03, "bytes read on demand": 0.03}

_PLACES = ("Lindau", "Bregenz", "Konstanz", "Meersburg", "Romanshorn", "Arbon", "Rorschach", "Hard")
_SUBJECTS = ("harbour", "lighthouse", "museum", "library", "railway station", "theatre")
_QUESTIONS = (
    "When was the lighthouse of Meersburg opened?",
    "Who designed the library of Bregenz?",
    "How many people visit the museum of Arbon each year?",
    "What did the theatre of Hard cost?",
    "Where is the railway station of Konstanz?",
    "Wich architect planed the harbor of Rorschach?",
    "When was the harbour of Lindau opened and who designed the library of Bregenz?",
    "Who won the chess championship in 1972?",
    "Why is the sky blue?",
    "thanks a lot!",
)


def main() -> None:
    """Count, and compare with the committed figures or write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help=f"write {FIGURES.name}")
    options = parser.parse_args()
    counts = count_all()
    if options.write:
        FIGURES.write_text(json.dumps(counts, indent=1) + "\n", "utf-8")
        return
    differences = list(compare(json.loads(FIGURES.read_text("utf-8")), counts))
    for line in differences:
        print(line)
    if differences:
        print("If this is intended: python -m benchmarks.operations --write, and say why.")
        sys.exit(1)
    print(f"All {sum(map(len, counts.values()))} figures are as in {FIGURES.name}.")


def compare(expected: Counts, counted: Counts) -> Iterator[str]:
    """Describe each figure that differs by more than its tolerance, whether more or less."""
    for step in {**expected, **counted}:
        before, now = expected.get(step, {}), counted.get(step, {})
        for name in {**before, **now}:
            old, new = before.get(name, 0), now.get(name, 0)
            if abs(new - old) > _TOLERANCES.get(name, 0.0) * old:
                change = f" ({new / old - 1:+.1%})" if old else ""
                yield f"{step}: {new} {name}, expected {old}{change}"


def count_all() -> Counts:
    """Count the operations of each step with a small corpus that never changes.

    Everything is done twice, because what is cached in the process depends on what ran before.
    """
    _count_once()
    return _count_once()


def _count_once() -> Counts:
    with tempfile.TemporaryDirectory() as folder, _counting_operations() as counter:
        seeds, index = Path(folder, "seeds"), Path(folder, "index")
        _write_articles(seeds)
        counts: Counts = {}
        with _taking(counter, counts, "first build"):
            build(seeds, index)
        changed = seeds / "lindau.md"
        changed.write_text(changed.read_text("utf-8") + "\n\nIt was repaired in 2021.\n", "utf-8")
        with _taking(counter, counts, "rebuild, one article of eight changed"):
            build(seeds, index)
        with (
            Searcher.open(index).warm() as searcher,
            _taking(counter, counts, f"{len(_QUESTIONS)} questions"),
        ):
            for question in _QUESTIONS:
                searcher.ask(question)
        asyncio.run(_ask_in_discord(Path(folder), index, counter, counts))
    return counts


async def _ask_in_discord(folder: Path, index: Path, counter: Counter[str], counts: Counts) -> None:
    """Ask as a member does, with settings and answers in the store."""
    client = create_bot(Settings(index=index, store=folder / "store.sqlite3"))
    await client.answers.start()
    context = AskContext(guild=1, channel=2, member=3)
    await client.answers.ask(Question("warm"), context)
    with _taking(counter, counts, "a question in Discord"):
        await client.answers.ask(Question(_QUESTIONS[0]), context)
    counts["a question in Discord"].pop(_CALLS)  # most are in other threads
    await client.answers.pool.close()


def _write_articles(folder: Path) -> None:
    folder.mkdir()
    for number, place in enumerate(_PLACES):
        paragraphs = [_paragraph(place, number, *each) for each in enumerate(_SUBJECTS)]
        text = f"# Buildings of {place}\n\n" + "\n\n".join(paragraphs) + "\n"
        (folder / f"{place.lower()}.md").write_text(text, "utf-8")


def _paragraph(place: str, number: int, index: int, subject: str) -> str:
    year = 1801 + 13 * number + 7 * index
    return (
        f"The {subject} of {place} was opened on {index + 2} May {year}. It was designed by "
        f"architect number {number * 6 + index} of the canton, who had won a competition in "
        f"{year - 4}. The building cost {number + 2}.{index} million francs, and about "
        f"{1 + (number + index) % 9}{index}0,000 people use it each year. It stands "
        f"{100 + 40 * index} metres from the shore, on the road that leads to the hills."
    )


@contextmanager
def _taking(counter: Counter[str], counts: Counts, step: str) -> Iterator[None]:
    """Store what is counted inside the block as one step."""
    counter.clear()
    own_calls = 0

    def count_call(frame: FrameType, event: str, _: object) -> None:
        nonlocal own_calls
        own_calls += event == "call" and _is_own_function(frame)

    sys.setprofile(count_call)
    try:
        yield
    finally:
        sys.setprofile(None)
    counts[step] = dict(sorted(counter.items())) | {_CALLS: own_calls}


def _is_own_function(frame: FrameType) -> bool:
    """Return whether a frame is a call of ours.

    A module, a class, a comprehension or the next item of a generator is not: it depends on what
    was imported before, or on the version of Python.
    """
    code = frame.f_code
    is_function = code.co_flags & (CO_OPTIMIZED | CO_GENERATOR) == CO_OPTIMIZED
    is_own = code.co_filename.startswith(_OWN_CODE)
    return is_function and is_own and not code.co_name.endswith("comp>")


@contextmanager
def _counting_operations() -> Iterator[Counter[str]]:
    """Count what encoders, snapshots and stores do that are opened inside the block."""
    counter: Counter[str] = Counter()
    original, pread, preadv, connect = OnnxEncoder.__init__, os.pread, os.preadv, sqlite3.connect
    build = ArticleBuilder.build

    def create(self: OnnxEncoder, spec: Any, tokenizer: Any, session: Any, table: Any) -> None:
        original(self, spec, _Tokenizer(tokenizer, counter), _Session(session, counter), table)

    def read_article(*arguments: Any) -> ArticleColumns:
        counter["articles read and split"] += 1
        return build(*arguments)

    def read(handle: int, size: int, offset: int) -> bytes:
        counter["bytes read on demand"] += size
        return pread(handle, size, offset)

    def read_into(handle: int, buffers: Sequence[Any], offset: int) -> int:
        size = preadv(handle, buffers, offset)
        counter["bytes read on demand"] += size
        return size

    def open_store(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(lambda _: counter.update(["SQL statements"]))
        return connection

    with (
        mock.patch.object(OnnxEncoder, "__init__", create),
        mock.patch.multiple(os, pread=read, preadv=read_into),
        mock.patch("sqlite3.connect", open_store),
        mock.patch.object(ArticleBuilder, "build", read_article),
    ):
        yield counter


class _Wrapper:
    """An object of a library whose calls are counted."""

    def __init__(self, wrapped: Any, counter: Counter[str]) -> None:
        self._wrapped = wrapped
        self._counter = counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)


class _Tokenizer(_Wrapper):
    def encode(self, text: str, **options: Any) -> Any:
        self._counter["texts tokenized"] += 1
        return self._wrapped.encode(text, **options)

    def encode_batch_fast(self, texts: Sequence[str]) -> Any:
        self._counter["texts tokenized"] += len(texts)
        return self._wrapped.encode_batch_fast(texts)


class _Session(_Wrapper):
    def run(self, names: Any, inputs: Mapping[str, Any]) -> Any:
        self._counter["model runs"] += 1
        self._counter["tokens encoded"] += len(inputs["embeddings"])
        return self._wrapped.run(names, inputs)


if __name__ == "__main__":
    main()
