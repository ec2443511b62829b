"""Check a snapshot for consistency before it is published."""

import numpy as np

from index.errors import SnapshotError
from index.store.contents import SnapshotContents
from index.store.manifest import Counts
from index.store.vector_file import LENGTH_TOLERANCE

_CHECKED_VECTORS = 8


def validate_snapshot(contents: SnapshotContents) -> Counts:
    """Compare the contents with each other. Raises SnapshotError naming the inconsistency."""
    corpus, dense, bm25 = contents.corpus, contents.dense, contents.bm25
    counts = Counts(corpus.article_count, len(corpus), corpus.sentence_count, len(dense))
    vectors = counts.vectors + counts.sentences
    if len(bm25) != counts.passages or len(contents.vectors) != vectors:
        raise SnapshotError(
            f"the new snapshot is inconsistent: {counts.passages} passages, but {len(bm25)} in "
            f"the BM25 index; {vectors} chunks and sentences, but {len(contents.vectors)} vectors; "
            "nothing was published, run `quoth build` again"
        )
    terms = contents.terms
    if (len(terms), terms.sentence_count) != (counts.passages, counts.sentences):
        raise SnapshotError(
            f"the new snapshot is inconsistent: {counts.passages} passages with "
            f"{counts.sentences} sentences, but terms of {len(terms)} with {terms.sentence_count}; "
            "nothing was published, run `quoth build` again"
        )
    for chunk in np.linspace(0, counts.vectors - 1, _CHECKED_VECTORS).astype(int).tolist():
        _check_search(contents, chunk)
    return counts


def _check_search(contents: SnapshotContents, chunk: int) -> None:
    """Search for a chunk's own vector, which must return its passage or an identical one."""
    ((_, cosine), *_) = contents.dense.search(contents.vectors.read_range(chunk, chunk + 1), 1)
    if abs(cosine - 1) > LENGTH_TOLERANCE:
        raise SnapshotError(
            f"the new index does not return chunk {chunk} for its own vector; nothing was "
            "published, run `quoth build` again"
        )
