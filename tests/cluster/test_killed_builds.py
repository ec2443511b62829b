import time

import pytest

from index.cluster.connections import Connections
from index.cluster.snapshots import ClusterSnapshots
from index.cluster.writing.repair import is_in_milvus, remove_damaged
from index.errors import BuildInProgress
from index.store.backend import ClusterAddress
from tests.cluster.conftest import BuildSeeds
from tests.support.cluster_builder import build_and_die
from tests.support.index_fixtures import MakeSeeds

_METADATA = "---\ntitle: {}\nlanguage: en\n---\n\n"  # detecting languages takes long


def _article(title: str, *paragraphs: str) -> str:
    return _METADATA.format(title) + "\n\n".join(paragraphs) + "\n"


def _wait_for_lock(snapshots: ClusterSnapshots) -> None:
    """Wait until the server has noticed that a process is gone."""
    while True:
        try:
            with snapshots.locked():
                return
        except BuildInProgress:
            time.sleep(0.05)


def _is_whole(snapshots: ClusterSnapshots, name: str) -> bool:
    _wait_for_lock(snapshots)
    with snapshots.locked() as connection:
        missing = remove_damaged(connection)
        members = connection.execute(
            "SELECT count(*) FROM quoth_index.members JOIN quoth_index.passages USING (version) "
            "WHERE snapshot = %s",
            (name,),
        ).fetchone()
    manifest = snapshots.manifest(name)
    return (
        not missing
        and members == (manifest.counts.passages,)
        and is_in_milvus(snapshots.connections, manifest)
    )


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_build_may_be_killed_at_every_step(
    build: BuildSeeds,
    make_seeds: MakeSeeds,
    address: ClusterAddress,
    connections: Connections,
) -> None:
    snapshots = ClusterSnapshots(connections)
    many = [f"Paragraph {n} tells of river {n}." for n in range(12)]
    build(make_seeds({"rivers.md": _article("Rivers", *many)}))
    steps = build_and_die(make_seeds({"a.md": _article("A", "It has one lake.")}), address, None)
    assert steps is not None
    assert len(steps) > 60
    killed = 0
    for step in range(1, len(steps) + 1):
        before = snapshots.current()
        edition = _article(f"Edition {step}", f"It has {step} lakes.", "One is deep.")
        seeds = make_seeds({"a.md": edition})
        killed += build_and_die(seeds, address, step) is None
        current = snapshots.current()
        assert current is not None
        assert _is_whole(snapshots, current), steps[step - 1]
        if current == before:
            assert snapshots.names()[-1] >= current
    assert killed > 0.9 * len(steps)
    final = build(make_seeds({"a.md": _article("Last", "It has no lake.")}))
    assert final.counts.articles == 2
    assert _is_whole(snapshots, final.name)
