"""Write a snapshot aside: its passages first, then its collections, then seal it."""

import contextlib
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime

import numpy as np

from index.cluster.connections import Connection, Connections
from index.cluster.manifest import ClusterManifest, Part
from index.cluster.rows import (
    HalfVectors,
    PackedRow,
    PassageRow,
    pack,
    pack_counts,
    text_key,
    title_terms,
    unpack,
)
from index.cluster.sparse import AverageLengths
from index.cluster.writing.collect import collection_prefix, remove_drafts
from index.cluster.writing.collections import CollectionWriter
from index.cluster.writing.parts import PartsPlan, plan_parts
from index.cluster.writing.terms import write_terms
from index.errors import SnapshotError
from index.filters import collection as folder_of
from index.store.corpus_columns import encode
from index.store.manifest import SCHEMA, Counts
from index.store.vector_file import check_unit_length
from index.types import Article, OnProgress

_CHECKED_ROWS = 256  # of those that an earlier build wrote
_UNKNOWN = "\ufffd"

_COUNT = """
SELECT count(*), coalesce(sum(versions.passages), 0)::bigint,
    coalesce(sum(sentences), 0)::bigint, coalesce(sum(chunks), 0)::bigint,
    coalesce(sum(text_terms), 0)::bigint, coalesce(sum(title_terms), 0)::bigint
FROM quoth_index.members JOIN quoth_index.versions USING (version) WHERE snapshot = %s
"""
_COUNT_PASSAGES = """
SELECT count(*), count(*) FILTER (WHERE articles.digest IS NULL)
FROM quoth_index.members JOIN quoth_index.passages USING (version)
LEFT JOIN quoth_index.articles ON articles.digest = members.digest WHERE snapshot = %s
"""
_SAMPLE = """
SELECT passages.row, version, paragraph, place, passages.text, vectors, checksum
FROM quoth_index.members JOIN quoth_index.passages USING (version)
WHERE snapshot = %s ORDER BY row LIMIT %s
"""
_STORED_VECTORS = """
SELECT passages.row, version, paragraph, place, passages.text, vectors, checksum
FROM quoth_index.members JOIN quoth_index.passages USING (version)
WHERE snapshot = %s AND (path = ANY(%s) OR digest = ANY(%s))
"""


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a snapshot, in a version; ``detected`` if its language was."""

    article: Article
    version: bytes
    digest: str
    detected: bool


@dataclass(frozen=True, slots=True)
class BuiltArticle:
    """The passages of a version of an article, ready to be stored."""

    version: bytes
    text: str
    rows: tuple[PassageRow, ...]


def fingerprint(members: Iterable[Member]) -> str:
    """Identify the contents of a snapshot."""
    paths = sorted((each.article.path, each.version) for each in members)
    return hashlib.sha256(b"".join(encode(path) + b"\0" + own for path, own in paths)).hexdigest()


@contextlib.contextmanager
def drafting(
    connections: Connections, connection: Connection, name: str, previous: ClusterManifest | None
) -> Iterator["Draft"]:
    """Begin a snapshot, and remove it unless it is sealed; ``connection`` holds the build lock.

    What was stored of its passages stays: the next build goes on from there.
    """
    remove_drafts(connections, connection)
    connection.execute(
        "INSERT INTO quoth_index.snapshots (name, state) VALUES (%s, 'building')", (name,)
    )
    try:
        yield Draft(connections, connection, name, previous)
    except BaseException:
        with contextlib.suppress(Exception):  # an engine is away; the next build removes it
            remove_drafts(connections, connection)
        raise


class Draft:
    """A snapshot that is being built. Nothing of it is visible before it is published."""

    def __init__(
        self,
        connections: Connections,
        connection: Connection,
        name: str,
        previous: ClusterManifest | None,
    ) -> None:
        self._connections = connections
        self._connection = connection
        self._name = name
        self._previous = previous

    def stored(self, versions: Collection[bytes]) -> set[bytes]:
        """Return the versions whose passages are stored already."""
        found = self._connection.execute(
            "SELECT version FROM quoth_index.versions WHERE version = ANY(%s)", (list(versions),)
        )
        return {bytes(version) for (version,) in found}

    def stored_vectors(self, members: Sequence[Member]) -> dict[str, HalfVectors]:
        """Return vectors of the previous snapshot by ``text_key``, of articles that have changed.

        These are articles of the same path or, if they were moved, of the same text.
        """
        if self._previous is None:
            return {}
        paths = [each.article.path for each in members]
        digests = [bytes.fromhex(each.digest) for each in members]
        found = self._connection.execute(_STORED_VECTORS, (self._previous.name, paths, digests))
        vectors: dict[str, HalfVectors] = {}
        for columns in found.fetchall():
            row = unpack(PackedRow(*columns))
            vectors.update(zip(row.chunk_keys, row.chunks, strict=True))
            vectors.update(zip(map(text_key, sentence_texts(row)), row.vectors, strict=True))
        return vectors

    def put(self, articles: Sequence[BuiltArticle]) -> None:
        """Store the passages of articles, all or nothing; again has no effect.

        Raises SnapshotError for a vector that is not of length 1.
        """
        for article in articles:
            for row in article.rows:
                check_unit_length(np.vstack([row.chunks, row.vectors]).astype("f4"))
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO quoth_index.articles VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [(_digest(each.text), encode(each.text)) for each in articles],
            )
            cursor.executemany(
                "INSERT INTO quoth_index.passages VALUES (%s, %s, %s, %s, %s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                [astuple(pack(row)) for each in articles for row in each.rows],
            )
            cursor.executemany(
                "INSERT INTO quoth_index.versions VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                [_version_row(each) for each in articles],
            )

    def add_members(self, members: Sequence[Member]) -> None:
        """List articles, whose passages are stored, as members of the snapshot."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO quoth_index.members SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, "
                "%s, passages FROM quoth_index.versions WHERE version = %s",
                [(self._name, *_member_row(each), each.version) for each in members],
            )

    def seal(
        self,
        members: int,
        encoder: tuple[str, int],
        files: Mapping[str, str],
        identity: str,
        on_written: OnProgress,
    ) -> ClusterManifest:
        """Write terms and collections, verify everything and write the manifest.

        ``members`` is their number, ``encoder`` the identity and dimension of the encoder,
        ``identity`` the fingerprint. Raises SnapshotError, SnapshotDamaged.
        """  # fmt: skip
        counts, averages = self._count(members)
        self._check_rows()
        previous = self._previous
        write_terms(self._connection, self._name, previous.name if previous else "")
        plan = self._write_parts(counts, averages, encoder[1], on_written)
        manifest = ClusterManifest(
            schema=SCHEMA,
            name=self._name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=encoder[0],
            dim=encoder[1],
            counts=counts,
            fingerprint=identity,
            languages=self._languages(),
            term_languages=self._term_languages(),
            averages=plan.averages,
            parts=_parts(plan),
            files=dict(files),
        )
        self._connection.execute(
            "UPDATE quoth_index.snapshots SET state = 'sealed', manifest = %s, collections = %s, "
            "files = %s WHERE name = %s AND state = 'building'",
            (
                manifest.to_json(),
                [part.collection for part in manifest.parts],
                [bytes.fromhex(digest) for digest in files.values()],
                self._name,
            ),
        )
        return manifest

    def _count(self, members: int) -> tuple[Counts, AverageLengths]:
        """Count what is stored. Raises SnapshotError if something is missing."""
        found = self._connection.execute(_COUNT, (self._name,)).fetchone()
        articles, passages, sentences, chunks, text_terms, titles = found or (0,) * 6
        stored = self._connection.execute(_COUNT_PASSAGES, (self._name,)).fetchone()
        if articles != members or stored != (passages, 0):
            raise SnapshotError(
                f"PostgreSQL does not hold what was written: {articles} of {members} articles, "
                f"{(stored or [0])[0]} of {passages} passages; nothing was published, "
                "run `quoth build` again"
            )
        counts = Counts(articles, passages, sentences, chunks)
        return counts, AverageLengths(text_terms / passages, titles / passages)

    def _check_rows(self) -> None:
        """Read some rows back. Raises SnapshotDamaged if one was altered."""
        for columns in self._connection.execute(_SAMPLE, (self._name, _CHECKED_ROWS)).fetchall():
            unpack(PackedRow(*columns))

    def _write_parts(
        self, counts: Counts, averages: AverageLengths, dim: int, on_written: OnProgress
    ) -> PartsPlan:
        collection = collection_prefix(self._connection) + self._name.replace("-", "_")
        plan = plan_parts(
            self._connections, self._connection, self._name, averages, self._previous, collection
        )
        if plan.new:
            writer = CollectionWriter(
                self._connections, self._connection, self._name, counts.passages
            )
            writer.write(plan.new, dim, plan.averages, on_written)
        return plan

    def _languages(self) -> tuple[str, ...]:
        found = self._connection.execute(
            "SELECT DISTINCT language FROM quoth_index.members WHERE snapshot = %s", (self._name,)
        )
        return tuple(sorted(language for (language,) in found))

    def _term_languages(self) -> tuple[str, ...]:
        found = self._connection.execute(
            "SELECT DISTINCT languages FROM quoth_index.members "
            "JOIN quoth_index.versions USING (version) WHERE snapshot = %s",
            (self._name,),
        )
        return tuple(sorted({language for (listed,) in found for language in json.loads(listed)}))


def sentence_texts(row: PassageRow) -> list[str]:
    """Return the texts of the sentences of a passage."""
    return [row.text[each.start - row.start : each.end - row.start] for each in row.sentences]


def _digest(text: str) -> bytes:
    return hashlib.sha256(encode(text)).digest()


def _version_row(article: BuiltArticle) -> tuple[object, ...]:
    terms = [row.terms for row in article.rows]
    return (
        article.version,
        _digest(article.text),
        len(article.rows),
        sum(len(row.sentences) for row in article.rows),
        sum(len(row.chunks) for row in article.rows),
        sum(len(each.terms) for each in terms),
        sum(len(title_terms(each.heading)) for each in terms),
        json.dumps(sorted({each.heading.language for each in terms})),
        pack_counts(terms),
    )


def _member_row(member: Member) -> tuple[object, ...]:
    """Return the columns of a member from ``path`` to ``metadata``."""
    metadata = member.article.metadata
    return (
        member.article.path,
        member.version,
        bytes.fromhex(member.digest),
        _storable(metadata.title),
        _storable(metadata.publisher),
        _storable(metadata.published) or "",
        folder_of(member.article.path) or "",
        metadata.language or "en",
        member.detected,
        json.dumps(asdict(metadata)),
    )


def _storable(text: str | None) -> str | None:
    """Replace what PostgreSQL cannot store in a text: lone surrogates and NUL."""
    if text is None:
        return None
    return text.encode("utf-8", "replace").decode().replace("\0", _UNKNOWN)


def _parts(plan: PartsPlan) -> tuple[Part, ...]:
    return (*plan.reused, plan.new) if plan.new else plan.reused
