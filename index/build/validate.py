"""What must hold of a snapshot before it is published."""

import numpy as np

from index.errors import SnapshotError
from index.store.contents import SnapshotContents
from index.store.manifest import Counts
from index.store.vector_file import VectorFile

_UNIT = 1e-2  # how far from 1 the length of a vector may be; float16 costs 1e-3
_CANARIES = 8  # passages that must find themselves
_CHECKED_AT_ONCE = 50_000  # vectors


def validate_snapshot(parts: SnapshotContents) -> Counts:
    """Hold what was written together. Raises SnapshotError naming what is off."""
    corpus, dense, words = parts.corpus, parts.dense, parts.words
    counts = Counts(corpus.articles, len(corpus), corpus.sentences, len(dense))
    vectors = counts.vectors + counts.sentences
    if len(words) != counts.passages or len(parts.vectors) != vectors:
        raise SnapshotError(
            f"{counts.passages} passages, {len(words)} in the words; {len(parts.vectors)} vectors "
            f"for {vectors} windows and sentences: wanted equal counts; nothing was published"
        )
    _check_vectors(parts.vectors)
    for row in np.linspace(0, counts.passages - 1, _CANARIES).astype(int).tolist():
        _check_canary(parts, row)
    return counts


def _check_vectors(vectors: VectorFile) -> None:
    for first in range(0, len(vectors), _CHECKED_AT_ONCE):
        lengths = np.linalg.norm(vectors.span(first, first + _CHECKED_AT_ONCE), axis=1)
        if not np.all(np.abs(lengths - 1) < _UNIT):  # NaN is not less
            raise SnapshotError("a vector is not finite and unit; nothing was published")


def _check_canary(parts: SnapshotContents, row: int) -> None:
    """A passage's own vector must find it, or one just like it."""
    own = parts.dense.vectors_of(row)[:1]
    ((_, cosine), *_) = parts.dense.nearest(own, 1)
    if abs(cosine - 1) > _UNIT:
        raise SnapshotError(f"passage {row} does not find itself; nothing was published")
