from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build.cluster import ClusterBuild, build_in_cluster
from index.build.pipeline import BuildReport
from index.cluster.connections import Connections
from index.cluster.snapshots import ClusterSnapshots
from index.store.backend import ClusterAddress
from tests.support.index_fixtures import SEEDS


@pytest.fixture
def address(postgres: str, milvus: str) -> ClusterAddress:
    return ClusterAddress(milvus, postgres)


@pytest.fixture
def connections(address: ClusterAddress) -> Iterator[Connections]:
    with Connections(address) as opened:
        yield opened


def _build(seeds: Path, address: ClusterAddress) -> BuildReport:
    return build_in_cluster(ClusterBuild(seeds, address))


def test_seeds_are_built_and_published(address: ClusterAddress, connections: Connections) -> None:
    report = _build(SEEDS, address)
    snapshots = ClusterSnapshots(connections)
    assert snapshots.current() == report.name
    manifest = snapshots.manifest(report.name)
    assert manifest.counts == report.counts
    assert len(manifest.parts) == 1
