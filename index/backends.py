"""Choose where snapshots are: a folder, or a cluster if one is configured."""

from pathlib import Path

from index.errors import SettingsError
from index.store.backend import ClusterAddress, SnapshotStore
from index.store.local import LocalStore

_CACHE_FOLDER = "cluster"  # inside the index folder, for the encoder


def snapshot_store(index: Path, cluster: ClusterAddress | None = None) -> SnapshotStore:
    """Return the place of snapshots, without connecting to it.

    ``index`` is the folder, or holds only copies of files of the cluster. Raises SettingsError if
    the packages for a cluster are missing.
    """
    if cluster is None:
        return LocalStore(index)
    try:
        from index.cluster.store import ClusterStore  # noqa: PLC0415 - a folder needs none of it
    except ModuleNotFoundError as error:
        raise missing_packages(error) from error
    return ClusterStore(cluster, index / _CACHE_FOLDER)


def missing_packages(error: ModuleNotFoundError) -> SettingsError:
    """Describe that the packages for a cluster are not installed."""
    return SettingsError(
        f"QUOTH_MILVUS needs packages that are not installed ({error.name}): "
        "pip install 'quoth[cluster]'"
    )
