import socket
import time
from pathlib import Path

import pytest

from index.build.cluster import ClusterBuild, build_in_cluster
from index.build.workers import ray_workers
from index.cluster.snapshots import ClusterSnapshots
from index.errors import BuildFailed
from index.store.backend import ClusterAddress
from tests.support.index_fixtures import MakeSeeds

_PROMPT_SECONDS = 20.0


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
    ray.init(address="local", num_cpus=2, log_to_driver=False, include_dashboard=False)
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


def test_a_ray_cluster_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    for each in (address, f"ray://{address}", "nowhere.invalid:6379"):
        monkeypatch.setenv("RAY_ADDRESS", each)
        started = time.monotonic()
        with pytest.raises(BuildFailed, match=r"^Ray cannot be reached \(.+\); check RAY_ADDRESS$"):
            _connect(tmp_path)
        assert time.monotonic() - started < _PROMPT_SECONDS


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning")
def test_a_ray_cluster_that_does_not_answer_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("0.0.0.0", 0), backlog=64) as frozen:  # noqa: S104 - Ray's choice
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{frozen.getsockname()[1]}")
        monkeypatch.setenv("RAY_gcs_server_port_wait_time_s", "1")  # restored afterwards
        with pytest.raises(BuildFailed, match=r"^Ray cannot be reached"):
            _connect(tmp_path)


def _connect(folder: Path) -> None:
    with ray_workers(folder):
        pytest.fail("there is no such cluster")
