import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build.cluster import ClusterBuild, build_in_cluster
from index.build.pipeline import BuildReport
from index.cluster.connections import Connections
from index.cluster.snapshots import ClusterSnapshots
from index.store.backend import ClusterAddress

BuildSeeds = Callable[[Path], BuildReport]


@pytest.fixture
def address(postgres: str, milvus: str) -> ClusterAddress:
    return ClusterAddress(milvus, postgres)


@pytest.fixture
def connections(address: ClusterAddress) -> Iterator[Connections]:
    with Connections(address) as opened:
        yield opened
        for name in opened.milvus.list_collections():
            opened.milvus.drop_collection(name)


@pytest.fixture
def snapshots(connections: Connections) -> ClusterSnapshots:
    return ClusterSnapshots(connections)


@pytest.fixture
def build(address: ClusterAddress) -> BuildSeeds:
    """Return a function that builds seeds in an empty cluster."""
    return lambda seeds: build_in_cluster(ClusterBuild(seeds, address))


@pytest.fixture(autouse=True)
def no_lease_is_left() -> Iterator[None]:
    """Fail if a snapshot stays open: its thread would connect to a server that is gone."""
    before = set(threading.enumerate())
    yield
    assert not [
        each for each in threading.enumerate() if each.name == "lease" and each not in before
    ]
