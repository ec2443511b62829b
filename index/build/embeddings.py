"""Vectors of a corpus: encode what is new, take the rest from the snapshot before, store both.

A text is known by a hash of what the encoder reads, so that a moved or repeated paragraph is
never encoded twice (promise 6). Vectors are stored in half precision, windows of passages first
and sentences after them; every cosine that is shown to the ranker is computed from these.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.build.checkpoint import KEY_BYTES, EmbeddingCheckpoint, Keys
from index.embed.encoder import Encoder, Progress
from index.store.contents import VECTORS_FILE, SnapshotContents
from index.store.dense import DenseIndex

_KEYS_FILE = "keys.npy"
_AT_ONCE = 512  # texts encoded between two records of progress
_COPIED_AT_ONCE = 65_536  # vectors

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TextsToEncode:
    """What is encoded: the windows of all passages, the row that each belongs to, all sentences."""

    windows: list[str]
    chunk_to_passage: NDArray[np.int32]
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class EncodingReport:
    """How many different texts were encoded, how many vectors were there, what encoded them."""

    new: int
    reused: int
    engine: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    """Vectors that are there already, by key."""

    keys: Keys
    at: Callable[[Positions], NDArray[np.floating]]


def write_vectors(
    texts: TextsToEncode,
    encoder: Encoder,
    folder: Path,
    before: Path | None,
    journal: EmbeddingCheckpoint,
    progress: Progress,
) -> EncodingReport:
    """Write vectors of ``texts`` into ``folder``.

    ``before`` is a snapshot by the same encoder; ``journal`` holds what a build that was
    interrupted had encoded, and takes what this one encodes.
    """
    every = texts.windows + texts.sentences
    keys = _keys(every)
    unique, first, where = np.unique(keys, return_index=True, return_inverse=True)
    tables = [*_stored(before), _journalled(journal)]
    new = np.flatnonzero(_places(unique, tables)[0] < 0)
    _encode(unique, [every[i] for i in first[new]], new, encoder, journal, progress)
    tables[-1] = _journalled(journal)
    _write(folder, where, _places(unique, tables), tables, encoder.spec.dim)
    np.save(folder / _KEYS_FILE, keys.view(np.uint8).reshape(-1, KEY_BYTES))
    DenseIndex.build(folder, SnapshotContents(folder).vectors, texts.chunk_to_passage)
    return EncodingReport(len(new), len(unique) - len(new), encoder.engine if len(new) else "")


def _keys(texts: Sequence[str]) -> Keys:
    digests = (
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype=f"V{KEY_BYTES}")


def _stored(before: Path | None) -> Iterator[_Table]:
    if before is not None:
        keys = np.load(before / _KEYS_FILE).view(f"V{KEY_BYTES}").reshape(-1)
        yield _Table(keys, SnapshotContents(before).vectors.at)


def _journalled(journal: EmbeddingCheckpoint) -> _Table:
    keys, vectors = journal.read()
    return _Table(keys, vectors.__getitem__)


def _places(keys: Keys, tables: Sequence[_Table]) -> tuple[Positions, Positions]:
    """The table that has the vector of each key, -1 for none, and the position inside it."""
    table = np.full(len(keys), -1, np.intp)
    position = np.zeros(len(keys), np.intp)
    for number, known in enumerate(tables):
        found, there = _find(keys, known.keys)
        table[there], position[there] = number, found[there]
    return table, position


def _find(keys: Keys, among: Keys) -> tuple[Positions, NDArray[np.bool_]]:
    """Where each key stands in ``among``, and whether it does."""
    if not len(among):
        return np.zeros(len(keys), np.intp), np.zeros(len(keys), np.bool_)
    order = np.argsort(among)
    found = order[np.searchsorted(among, keys, sorter=order).clip(max=len(order) - 1)]
    there: NDArray[np.bool_] = among[found] == keys
    return found, there


def _encode(
    keys: Keys,
    texts: Sequence[str],
    new: Positions,
    encoder: Encoder,
    journal: EmbeddingCheckpoint,
    progress: Progress,
) -> None:
    """Encode ``texts``, those at ``new`` among the keys, a batch of the journal at a time."""
    for first in range(0, len(texts), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        journal.append(keys[new[some]], encoder.encode(texts[some]))
        progress(min(first + _AT_ONCE, len(texts)), len(texts))


def _write(
    folder: Path,
    where: Positions,
    places: tuple[Positions, Positions],
    tables: Sequence[_Table],
    dim: int,
) -> None:
    """The vector of each text, in the order of the texts; ``where`` is its key's place."""
    heading = {"descr": "<f2", "fortran_order": False, "shape": (len(where), dim)}
    with (folder / VECTORS_FILE).open("wb") as file:  # a full disk would kill who writes to memory
        np.lib.format.write_array_header_1_0(file, heading)
        for first in range(0, len(where), _COPIED_AT_ONCE):
            some = where[first : first + _COPIED_AT_ONCE]
            file.write(_gathered((places[0][some], places[1][some]), tables, dim).tobytes())


def _gathered(
    places: tuple[Positions, Positions], tables: Sequence[_Table], dim: int
) -> NDArray[np.float16]:
    """The vectors at those tables and positions, shape (n, dim)."""
    table, position = places
    vectors = np.empty((len(table), dim), "<f2")
    for number, known in enumerate(tables):
        of = np.flatnonzero(table == number)
        vectors[of] = known.at(position[of])
    return vectors
