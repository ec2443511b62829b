"""Measure what a snapshot in a cluster costs: reuse vectors, and watch the engines' memory.

    python -m benchmarks.cluster_costs INDEX [MILVUS POSTGRES] < QUESTIONS

prints the peak memory of a process that asks a folder, or a cluster; ``benchmarks.cluster`` runs it
for each.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.common import resident_megabytes
from index.backends import snapshot_store
from index.cluster.rows import text_key
from index.embed.encoder import Encoder, EncoderSpec, Vectors
from index.searcher import Searcher
from index.store import snapshot
from index.store.backend import ClusterAddress
from index.store.contents import SnapshotContents

_SAMPLING_SECONDS = 1.0


class KnownVectors:
    """An encoder that looks up the vectors of an index, and encodes what is not in there."""

    def __init__(self, encoder: Encoder, index: Path) -> None:
        self._encoder = encoder
        with snapshot.open_current(index) as opened:
            self._vectors = SnapshotContents(opened.folder).vectors
            keys = np.load(opened.folder / "vector_keys.npy")
        self._positions = {key.tobytes().hex(): number for number, key in enumerate(keys)}
        self.engine = "vectors of another index"

    @property
    def spec(self) -> EncoderSpec:
        """Spec of the encoder."""
        return self._encoder.spec

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts, shape (len(texts), dim)."""
        positions = np.array([self._positions.get(text_key(text), -1) for text in texts], np.intp)
        vectors = self._vectors.read(positions.clip(0))
        if unknown := np.flatnonzero(positions < 0).tolist():
            vectors[unknown] = self._encoder.encode([texts[number] for number in unknown])
        return vectors

    def encode_query(self, question: str) -> Vectors:
        """Encode a question."""
        return self._encoder.encode_query(question)

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Count tokens."""
        return self._encoder.token_counts(texts)

    def has_token(self, word: str) -> bool:
        """Ask the replaced encoder whether a word is a token."""
        return self._encoder.has_token(word)


def copy_first_articles(articles: Path, passages: int, seeds: Path) -> set[str]:
    """Copy articles in the order of their paths until they have ``passages``; return their paths.

    A passage is a paragraph after the title.
    """
    copied: set[str] = set()
    for path in sorted(path for path in articles.rglob("*") if path.is_file()):
        if passages <= 0:
            break
        relative = path.relative_to(articles)
        (seeds / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, seeds / relative)
        passages -= path.read_text("utf-8", "replace").count("\n\n")
        copied.add(relative.as_posix())
    return copied


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines' address, and the first process of each that was started here."""

    address: ClusterAddress
    processes: Mapping[str, int]


@contextlib.contextmanager
def start_engines() -> Iterator[Engines]:
    """Start milvus-lite and an embedded PostgreSQL."""
    from tests.support.cluster import MilvusLite, embedded_postgres

    with embedded_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        milvus = MilvusLite(Path(folder))
        try:
            milvus.start()
            with psycopg.connect(postgres) as connection:
                (server,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (0,)
            processes = {"PostgreSQL": _parent(server), "milvus-lite": milvus.process}
            yield Engines(ClusterAddress(milvus.uri, postgres), processes)
        finally:
            milvus.stop()


class PeakMemory(contextlib.AbstractContextManager["PeakMemory"]):
    """The most memory that process trees have had since the start, in megabytes by name."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = processes
        self._peaks = dict.fromkeys(processes, 0)
        self._stopped = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        while not self._stopped.wait(_SAMPLING_SECONDS):
            for name, process in self._processes.items():
                self._peaks[name] = max(self._peaks[name], tree_megabytes(process))

    def format(self, name: str) -> str:
        """Format the peak of a process tree and its memory now; "-" if it was not started here."""
        if name not in self._processes:
            return "-"
        return f"{self._peaks[name]} / {tree_megabytes(self._processes[name])}"

    def __exit__(self, *_: object) -> None:
        self._stopped.set()


def tree_megabytes(process: int) -> int:
    """Add up the memory of a process and its children; what they share counts once."""
    children = Path(f"/proc/{process}/task/{process}/children")
    total = 0
    with contextlib.suppress(OSError):  # it has ended
        total += sum(map(tree_megabytes, map(int, children.read_text("utf-8").split())))
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("utf-8").splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024
    return total


def _parent(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("PPid:"))


def asking_megabytes(index: Path, address: ClusterAddress | None, questions: Sequence[str]) -> int:
    """Measure the peak memory of a process that asks all questions."""
    cluster = [address.milvus, address.postgres] if address else []
    command = [sys.executable, "-m", "benchmarks.cluster_costs", str(index), *cluster]
    finished = subprocess.run(  # noqa: S603 - our own
        command, input="\n".join(questions), check=True, stdout=subprocess.PIPE, text=True
    )
    return int(finished.stdout)


def main() -> None:
    """Ask the questions on standard input and print the peak of the process's memory."""
    index, *cluster = sys.argv[1:]
    store = snapshot_store(Path(index), ClusterAddress(*cluster) if cluster else None)
    with contextlib.closing(store), Searcher.open_from(store).warm() as searcher:
        for question in sys.stdin.read().splitlines():
            searcher.quoter.check(*searcher.ask(question).quotes)
    print(resident_megabytes("VmHWM"))


if __name__ == "__main__":
    main()
