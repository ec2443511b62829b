"""Build a snapshot of seeds in a cluster: store what is new, verify, publish by one statement.

An interrupted build leaves the passages that it stored; the next one goes on from there.
"""

import logging
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from index.build.article_columns import with_language
from index.build.embeddings import EncodingReport
from index.build.inputs import load_encoder, read_articles
from index.build.passage_rows import ArticleToBuild, BuiltBatch
from index.build.pipeline import BuildReport, Changes
from index.build.workers import LocalWorker, Workers, ray_workers
from index.cluster.connections import Connection, Connections
from index.cluster.files import load_files, save_files
from index.cluster.manifest import ClusterManifest
from index.cluster.rows import article_version
from index.cluster.snapshots import ClusterSnapshots, new_name
from index.cluster.writing.collect import collect
from index.cluster.writing.repair import is_in_milvus, remove_damaged
from index.cluster.writing.writer import Draft, Member, drafting, fingerprint
from index.embed.encoder import Encoder
from index.embed.onnx_export import export_encoder
from index.embed.sentence_transformers import encoder_identity
from index.errors import SnapshotError, StorageUnavailable
from index.ingest.seed_file import LoadedFile, SeedFile
from index.store.backend import ClusterAddress
from index.store.contents import ENCODER_FOLDER
from index.store.manifest import Counts
from index.store.origin import Origin
from index.types import OnStepProgress, digest

log = logging.getLogger(__name__)

_BATCH_CHARS = 100_000  # of articles, built and stored at once; a few hundred texts to encode
_CHANGES = """
SELECT coalesce(new.path, old.path), old.path IS NULL, new.path IS NULL
FROM (SELECT path, digest FROM quoth_index.members WHERE snapshot = %s) AS new
FULL JOIN (SELECT path, digest FROM quoth_index.members WHERE snapshot = %s) AS old USING (path)
WHERE new.digest IS DISTINCT FROM old.digest ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class ClusterBuild:
    """Arguments of a build: see ``pipeline.build``; ``use_ray`` builds on a Ray cluster."""

    seeds: Path
    address: ClusterAddress
    encoder: str | None = None
    device: str | None = None
    use_ray: bool = False


def build_in_cluster(build: ClusterBuild, on_progress: OnStepProgress | None = None) -> BuildReport:
    """Build a snapshot of the seeds and publish it, unless nothing has changed.

    Raises SeedsError when no article can be read, EncoderError, BuildInProgress, SnapshotError,
    StorageUnavailable.
    """
    report = on_progress or (lambda _step, _done, _total: None)
    with (
        Connections(build.address) as connections,
        ClusterSnapshots(connections).locked() as connection,
        tempfile.TemporaryDirectory(prefix="quoth-") as folder,
    ):
        connections.check_milvus()  # rather than after hours of encoding
        return _Building(build, connections, connection, Path(folder), report).run()


class _Building:
    """A build that holds the lock."""

    def __init__(
        self,
        build: ClusterBuild,
        connections: Connections,
        connection: Connection,
        folder: Path,
        report: OnStepProgress,
    ) -> None:
        self._build = build
        self._connections = connections
        self._connection = connection
        self._folder = folder
        self._report = report
        self._snapshots = ClusterSnapshots(connections)
        self._identity = encoder_identity(build.encoder, build.device)

    def run(self) -> BuildReport:
        started = time.perf_counter()
        previous = self._previous()
        loaded = read_articles(self._build.seeds, SeedFile.load, self._report)
        members = self._members(loaded.files, previous)
        is_damaged = remove_damaged(self._connection)
        if previous and not is_damaged and self._is_unchanged(previous, members):
            name, counts, encoded = previous.name, previous.counts, _reused(previous.counts, 0)
        else:
            name = new_name(self._connection)
            counts, encoded = self._write(name, members, previous)
        return BuildReport(
            name=name,
            published=previous is None or name != previous.name,
            counts=counts,
            changes=self._changes(name, previous),
            skipped=loaded.skipped,
            encoded=encoded,
            seconds=time.perf_counter() - started,
            notes=loaded.notes,
            ignored=loaded.ignored,
        )

    def _previous(self) -> ClusterManifest | None:
        """Read the current manifest, None when it is missing, damaged or outdated."""
        try:
            name = self._snapshots.current()
            return self._snapshots.manifest(name) if name else None
        except SnapshotError:
            return None

    def _is_unchanged(self, previous: ClusterManifest, members: Sequence[Member]) -> bool:
        is_same = previous.fingerprint == fingerprint(members)
        return is_same and is_in_milvus(self._connections, previous)

    def _members(
        self, files: Sequence[LoadedFile], previous: ClusterManifest | None
    ) -> list[Member]:
        """Detect languages and identify the version of each article."""
        known = self._detected_languages(previous)
        members = []
        for file in files:
            own = with_language(file.article, known)
            version = article_version(own, self._identity)
            members.append(Member(own, version, digest(own.text), own is not file.article))
        return members

    def _detected_languages(self, previous: ClusterManifest | None) -> dict[str, str]:
        found = self._connection.execute(
            "SELECT digest, language FROM quoth_index.members WHERE snapshot = %s AND detected",
            (previous.name if previous else "",),
        )
        return {bytes(key).hex(): language for key, language in found}

    def _write(
        self, name: str, members: Sequence[Member], previous: ClusterManifest | None
    ) -> tuple[Counts, EncodingReport]:
        """Write, seal and publish a snapshot."""
        reusable = previous if previous and previous.encoder == self._identity else None
        encoder = self._prepare_encoder(reusable)
        with drafting(self._connections, self._connection, name, previous) as draft:
            encoded = self._store(draft, members, encoder)
            manifest = draft.seal(
                *(len(members), (self._identity, encoder.spec.dim), self._save_files(members)),
                *(fingerprint(members), lambda *done: self._report("indexing", *done)),
            )
            self._snapshots.publish(name, self._connection)
        self._collect()
        return manifest.counts, _reused(manifest.counts, *encoded)

    def _collect(self) -> None:
        """Remove what is no longer needed; the new snapshot is in service already."""
        try:
            collect(self._connections, self._connection)
        except StorageUnavailable as error:
            log.warning("old snapshots will be removed by the next build: %s", error)

    def _prepare_encoder(self, reusable: ClusterManifest | None) -> Encoder:
        """Load the encoder of the previous snapshot, or export the model."""
        folder, device = self._folder / ENCODER_FOLDER, self._build.device
        if reusable is None:
            folder.mkdir()
            return export_encoder(self._build.encoder, folder, device)
        load_files(self._connection, reusable.files, self._folder)
        return load_encoder(folder, self._build.encoder, device)

    def _save_files(self, members: Sequence[Member]) -> dict[str, str]:
        paths = [each.article.path for each in members]
        Origin.of(self._build.seeds, paths).write(self._folder)
        return save_files(self._connection, self._folder)

    def _workers(self, encoder: Encoder) -> AbstractContextManager[Workers]:
        if self._build.use_ray:
            return ray_workers(self._folder / ENCODER_FOLDER)
        return LocalWorker(encoder)

    def _store(self, draft: Draft, members: Sequence[Member], encoder: Encoder) -> tuple[int, str]:
        """Store every member; count the texts that were encoded, and name the engine."""
        encoded = done = 0
        self._report("encoding", 0, len(members))  # starting Ray takes long
        with self._workers(encoder) as workers:
            for batch, built in _in_order(draft, members, workers):
                if built.articles:
                    draft.put(built.articles)
                draft.add_members(batch)
                encoded, done = encoded + built.encoded, done + len(batch)
                self._report("encoding", done, len(members))
            return encoded, workers.engine if encoded else ""

    def _changes(self, name: str, previous: ClusterManifest | None) -> Changes:
        names = (name, previous.name if previous else "")
        found = self._connection.execute(_CHANGES, names).fetchall()
        return Changes(
            added=tuple(path for path, is_added, _ in found if is_added),
            changed=tuple(path for path, *differs in found if not any(differs)),
            removed=tuple(path for path, _, is_removed in found if is_removed),
        )


def _in_order(
    draft: Draft, members: Sequence[Member], workers: Workers
) -> Iterator[tuple[Sequence[Member], BuiltBatch]]:
    """Yield batches of members and what was built of them, while workers build the next."""
    pending: deque[tuple[Sequence[Member], object]] = deque()
    for batch in _batches(members):
        stored = draft.stored([each.version for each in batch])
        missing = [each for each in batch if each.version not in stored]
        to_build = [ArticleToBuild(each.article, each.version) for each in missing]
        known = draft.stored_vectors(missing) if missing else {}
        pending.append((batch, workers.submit(to_build, known) if missing else None))
        if len(pending) > workers.ahead:
            yield _finished(workers, *pending.popleft())
    for ready, task in pending:
        yield _finished(workers, ready, task)


def _finished(
    workers: Workers, batch: Sequence[Member], task: object | None
) -> tuple[Sequence[Member], BuiltBatch]:
    return batch, BuiltBatch(()) if task is None else workers.result(task)


def _batches(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    batch: list[Member] = []
    chars = 0
    for member in members:
        batch.append(member)
        chars += len(member.article.text)
        if chars >= _BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _reused(counts: Counts, encoded: int, engine: str = "") -> EncodingReport:
    return EncodingReport(encoded, counts.vectors + counts.sentences - encoded, engine)
