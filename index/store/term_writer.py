"""Write the terms of passages: numbered as they are met, renumbered when all are known.

Only the vocabulary and a few numbers for each sentence stay in memory.
"""

import json
from array import array
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import accumulate, chain
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from index.search.passage_terms import Heading, PassageTerms
from index.search.term_table import Ids
from index.store import term_file
from index.store.corpus import encode

_RENUMBERED_IDS = 1_000_000  # at once


class _TermIds(dict[str, int]):
    """Numbers of terms in the order in which they are first looked up."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class TermWriter(AbstractContextManager["TermWriter"]):
    """Write a ``TermFile``; it is complete when the context is left without an exception."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids = _TermIds()  # provisional
        self._headings: dict[Heading, int] = {}
        self._passages = array("Q")
        self._sentences = array("I")
        self._token_count = self._name_count = 0
        with ExitStack() as stack:
            self._tokens = stack.enter_context((folder / term_file.TOKENS_FILE).open("wb"))
            self._names = stack.enter_context((folder / term_file.NAMES_FILE).open("wb"))
            self._files = stack.pop_all()

    def add(self, passage: PassageTerms) -> None:
        """Add the passage of the next row. Raises OSError."""
        heading = self._headings.setdefault(passage.heading, len(self._headings))
        token_count = sum(len(each.words) + len(each.identifiers) for each in passage.sentences)
        has_more_terms = len(passage.terms) != token_count
        self._add_passage_row(heading, passage.traits, has_more=has_more_terms)
        for each in passage.sentences:
            counts = (len(each.terms), len(each.names), each.non_stop_count)
            self._sentences.extend((*counts, each.traits, len(each.words)))
        self._token_count += self._write(self._tokens, (s.terms for s in passage.sentences))
        self._name_count += self._write(self._names, (s.names for s in passage.sentences))

    def _add_passage_row(self, heading: int, traits: int, *, has_more: bool) -> None:
        first_sentence = len(self._sentences) // len(term_file.SENTENCE_COLUMNS)
        firsts = (first_sentence, self._token_count, self._name_count)
        self._passages.extend((*firsts, heading, traits, has_more))

    def _write(self, file: IO[bytes], sentences: Iterable[Sequence[str]]) -> int:
        """Write the provisional ids of terms and return their number."""
        numbers = array("I", map(self._ids.__getitem__, chain.from_iterable(sentences)))
        file.write(numbers.tobytes())
        return len(numbers)

    def __exit__(self, kind: object, *_: object) -> None:
        self._files.close()
        if kind is None:
            self._finish()

    def _finish(self) -> None:
        """Write the vocabulary and all columns, and replace the provisional ids."""
        self._add_passage_row(0, 0, has_more=False)  # where the last passage ends
        self._save(term_file.PASSAGES_FILE, self._passages, term_file.PASSAGE_COLUMNS)
        self._save(term_file.SENTENCES_FILE, self._sentences, term_file.SENTENCE_COLUMNS)
        heading_terms = chain.from_iterable(heading.terms for heading in self._headings)
        heading_ids = array("I", map(self._ids.__getitem__, heading_terms))
        languages = sorted({heading.language for heading in self._headings})
        counts = accumulate((len(heading.terms) for heading in self._headings), initial=0)
        numbers = [*(languages.index(heading.language) for heading in self._headings), 0]
        rows = array("I", [n for row in zip(counts, numbers, strict=True) for n in row])
        self._save(term_file.HEADINGS_FILE, rows, term_file.HEADING_COLUMNS)
        (self._folder / term_file.LANGUAGES_FILE).write_text(json.dumps(languages), "utf-8")
        final = self._write_vocabulary()
        np.save(self._folder / term_file.HEADING_TERMS_FILE, final[np.asarray(heading_ids)])
        for name in (term_file.TOKENS_FILE, term_file.NAMES_FILE):
            _renumber(self._folder / name, final)

    def _save(self, name: str, values: "array[int]", columns: Sequence[str]) -> None:
        np.save(self._folder / name, np.asarray(values).reshape(-1, len(columns)))

    def _write_vocabulary(self) -> Ids:
        """Write the sorted vocabulary; return the final id of each provisional one."""
        ordered = sorted(self._ids)
        encoded = [encode(term) for term in ordered]
        (self._folder / term_file.VOCABULARY_FILE).write_bytes(b"".join(encoded))
        ends = np.cumsum(np.array([*map(len, encoded)], np.uint64), dtype=np.uint64)
        np.save(self._folder / term_file.ENDS_FILE, ends)
        final = np.empty(len(ordered), term_file.ID)
        final[[self._ids[term] for term in ordered]] = np.arange(len(ordered), dtype=term_file.ID)
        return final


def _renumber(path: Path, final: Ids) -> None:
    """Replace the ids in a file, block by block."""
    with path.open("r+b") as file:
        while block := file.read(_RENUMBERED_IDS * term_file.ID.itemsize):
            renumbered: NDArray[Any] = final[np.frombuffer(block, term_file.ID)]
            file.seek(-len(block), 1)
            file.write(renumbered.tobytes())
