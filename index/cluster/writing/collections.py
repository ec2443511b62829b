"""Write an immutable collection in Milvus from the passages in PostgreSQL, and verify it."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from index.cluster.connections import Connection, Connections, reaching
from index.cluster.manifest import Part
from index.cluster.rows import (
    PackedRow,
    PassageRow,
    article_key,
    chunk_id,
    date_key,
    filter_key,
    title_terms,
    unpack,
)
from index.cluster.schema import (
    ARTICLE,
    FOLDER,
    ID,
    PRIVATE,
    PUBLISHED,
    PUBLISHER,
    ROW,
    VECTOR,
    WORDS,
    collection_fields,
    collection_indexes,
)
from index.cluster.sparse import (
    AverageLengths,
    SparseVector,
    further_chunk,
    passage_weights,
    query_weight,
)
from index.cluster.writing.probes import Probes, Question, Sample, verify_count, verify_ids
from index.filters import is_private
from index.store.corpus_columns import encode
from index.text.tokenize import content_terms
from index.types import OnProgress

_QUESTIONS = 64
_INSERTED = 500  # passages at once; with 384 dimensions about a megabyte
_KNOWN_NUMBERS = 200_000  # terms whose number is remembered
_INDEX_POLL_SECONDS = 1.0

_STREAM = """
SELECT passages.row, version, paragraph, place, passages.text, vectors, checksum,
    folder, publisher, published
FROM quoth_index.placed JOIN quoth_index.members USING (version)
JOIN quoth_index.passages USING (version)
WHERE collection = %s AND snapshot = %s ORDER BY version, paragraph
"""
_SAMPLE = """
SELECT passages.row, version, paragraph, place, passages.text, vectors, checksum
FROM quoth_index.placed JOIN quoth_index.passages USING (version)
WHERE collection = %s ORDER BY row LIMIT %s
"""  # rows are hashes, so the first ones are a random sample


class CollectionWriter:
    """Write a collection of a snapshot whose passages and terms are in PostgreSQL."""

    def __init__(
        self, connections: Connections, connection: Connection, snapshot: str, passages: int
    ) -> None:
        self._connections = connections
        self._connection = connection
        self._snapshot = snapshot
        self._passages = passages
        self._numbers: dict[str, int] = {}

    def write(self, part: Part, dim: int, averages: AverageLengths, on_written: OnProgress) -> None:
        """Create the collection of a part, write it and verify it.

        Raises SnapshotError, SnapshotDamaged, StorageUnavailable.
        """
        name = part.collection
        with reaching("Milvus"):
            self._connections.milvus.create_collection(
                name, schema=collection_fields(dim), index_params=collection_indexes(part.chunks)
            )
        probes = Probes(self._questions(name))
        sample = Sample(part.chunks)
        done = 0
        for rows in self._batches(name, averages):
            with reaching("Milvus"):
                self._connections.milvus.insert(name, rows)
            probes.add(rows)
            sample.add(rows)
            done += len(rows)
            on_written(done, part.chunks)
        self._finish(name)
        verify_count(self._connections, name, part.chunks)
        verify_ids(self._connections, name, probes.ids)
        sample.verify(self._connections, name)
        probes.verify(self._connections, name)

    def _questions(self, collection: str) -> list[Question]:
        """Choose sentences as questions."""
        found = self._connection.execute(_SAMPLE, (collection, _QUESTIONS)).fetchall()
        return [self._question(unpack(PackedRow(*columns))) for columns in found]

    def _question(self, row: PassageRow) -> Question:
        number = row.row % len(row.sentences)
        sentence = row.sentences[number]
        text = row.text[sentence.start - row.start : sentence.end - row.start]
        terms = [encode(term) for term in content_terms(text, row.terms.heading.language)]
        found = self._connection.execute(
            "SELECT number, in_text FROM quoth_index.terms WHERE snapshot = %s AND term = ANY(%s)",
            (self._snapshot, terms),
        ).fetchall()
        words = {2 * n: query_weight(self._passages, in_text) for n, in_text in found}
        return Question(row.vectors[number].astype("f4"), words)

    def _batches(
        self, collection: str, averages: AverageLengths
    ) -> Iterator[Sequence[dict[str, Any]]]:
        """Yield rows of the collection, for some passages at a time."""
        with self._connection.transaction(), self._connection.cursor("passages") as cursor:
            cursor.itersize = _INSERTED
            stream = iter(cursor.execute(_STREAM, (collection, self._snapshot)))
            while fetched := list(islice(stream, _INSERTED)):
                passages = [unpack(PackedRow(*columns[:7])) for columns in fetched]
                self._look_up(passages)
                yield [
                    row
                    for passage, (*_, folder, publisher, published) in zip(
                        passages, fetched, strict=True
                    )
                    for row in self._rows(passage, averages, (folder, publisher, published))
                ]

    def _look_up(self, passages: Sequence[PassageRow]) -> None:
        """Read the numbers of the passages' terms."""
        terms = {term for each in passages for term in each.terms.terms}
        terms |= {term for each in passages for term in title_terms(each.terms.heading)}
        if len(self._numbers) > _KNOWN_NUMBERS:
            self._numbers.clear()
        missing = {encode(term): term for term in terms - self._numbers.keys()}
        found = self._connection.execute(
            "SELECT term, number FROM quoth_index.vocabulary WHERE term = ANY(%s)", (list(missing),)
        )
        self._numbers.update((missing[bytes(term)], number) for term, number in found)

    def _rows(
        self, passage: PassageRow, averages: AverageLengths, metadata: tuple[str, str | None, str]
    ) -> Iterator[dict[str, Any]]:
        """Yield a row for each chunk of a passage; the first has the words."""
        folder, publisher, published = metadata
        if passage.origin is not None:
            published = passage.origin.published or ""
        titles = title_terms(passage.terms.heading)
        words: SparseVector = passage_weights(passage.terms.terms, titles, averages, self._numbers)
        for number, vector in enumerate(passage.chunks):
            yield {
                ID: chunk_id(passage.row, number),
                ROW: passage.row,
                VECTOR: vector.astype("f4"),
                WORDS: words if number == 0 else further_chunk(),
                ARTICLE: article_key(passage.version),
                FOLDER: filter_key(folder),
                PUBLISHER: filter_key((publisher or "").casefold()),
                PUBLISHED: date_key(published),
                PRIVATE: is_private(folder),
            }

    def _finish(self, collection: str) -> None:
        """Flush the rows and wait for their indexes."""
        with reaching("Milvus"):
            self._connections.milvus.flush(collection)
            for field in (VECTOR, WORDS):
                while self._pending(collection, field):
                    time.sleep(_INDEX_POLL_SECONDS)

    def _pending(self, collection: str, field: str) -> int:
        state = self._connections.milvus.describe_index(collection, field) or {}
        return int(state.get("pending_index_rows", 0))
