"""The manifest of a snapshot in a cluster: its counts, statistics, collections and files."""

import json
from dataclasses import asdict, dataclass

from index.cluster.sparse import AverageLengths
from index.errors import SnapshotDamaged, SnapshotMismatch
from index.store.manifest import REBUILD, SCHEMA, Counts


@dataclass(frozen=True, slots=True)
class Part:
    """An immutable collection to search.

    ``articles`` it holds have ``chunks`` rows; those in ``withdrawn``, by ``rows.article_key``, are
    not in the snapshot.
    """

    collection: str
    articles: int
    chunks: int
    withdrawn: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterManifest:
    """Identity and contents of a snapshot.

    ``languages`` are those of the articles, ``term_languages`` those that terms were stemmed in.
    ``averages`` are the lengths by which BM25 weights were computed, those of the first part.
    ``files`` has the digest of each file, such as the encoder's.
    """

    schema: int
    name: str
    created: str
    encoder: str
    dim: int
    counts: Counts
    fingerprint: str
    languages: tuple[str, ...]
    term_languages: tuple[str, ...]
    averages: AverageLengths
    parts: tuple[Part, ...]
    files: dict[str, str]

    def to_json(self) -> str:
        """Return the manifest as it is stored."""
        return json.dumps(asdict(self))


def parse_manifest(name: str, stored: str | None) -> ClusterManifest:
    """Parse a stored manifest. Raises SnapshotDamaged or SnapshotMismatch."""
    try:
        values = json.loads(stored or "")
        if values["schema"] != SCHEMA:
            raise SnapshotMismatch(
                f"snapshot {name} has schema {values['schema']}, but this version of Quoth needs "
                f"schema {SCHEMA}; {REBUILD}"
            )
        parts = tuple(
            Part(**{**part, "withdrawn": tuple(part["withdrawn"])}) for part in values["parts"]
        )
        return ClusterManifest(
            **{
                **values,
                "counts": Counts(**values["counts"]),
                "averages": AverageLengths(**values["averages"]),
                "languages": tuple(values["languages"]),
                "term_languages": tuple(values["term_languages"]),
                "parts": parts,
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise SnapshotDamaged(f"the manifest of snapshot {name} is damaged; {REBUILD}") from error
