import pytest

from index.build.cluster import ClusterBuild, build_in_cluster
from index.cluster.snapshots import ClusterSnapshots
from index.store.backend import ClusterAddress
from tests.support.index_fixtures import MakeSeeds


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning")
def test_two_ray_workers_build_what_one_process_builds(
    address: ClusterAddress, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    import ray

    text = (
        "---\ntitle: Report {n}\nlanguage: en\n---\n\nReport {n} tells of river {n}. It is long.\n"
    )
    seeds = make_seeds({f"{n}.md": text.format(n=n) for n in range(12)})
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    try:
        report = build_in_cluster(ClusterBuild(seeds, address, use_ray=True))
    finally:
        ray.shutdown()
    assert report.encoded.engine == "Ray, 2 workers"
    query = "SELECT row, place, text, vectors FROM quoth_index.passages ORDER BY row"
    with snapshots.locked() as connection:
        by_ray = connection.execute(query.encode()).fetchall()
        connection.execute("DROP SCHEMA quoth_index CASCADE")
    build_in_cluster(ClusterBuild(seeds, address))
    with snapshots.locked() as connection:
        assert by_ray == connection.execute(query.encode()).fetchall()
