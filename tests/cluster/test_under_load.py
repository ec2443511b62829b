import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.backends import snapshot_store
from index.cluster.snapshots import ClusterSnapshots
from index.searcher import Searcher
from index.store.backend import ClusterAddress
from tests.cluster.conftest import BuildSeeds
from tests.support.index_fixtures import MakeSeeds

_EDITIONS = 6


def _seeds(make_seeds: MakeSeeds, edition: int) -> Path:
    """Write articles that all say which edition they are."""
    text = "---\ntitle: Lake {n}\nlanguage: en\n---\n\nLake {n} is in edition {edition}.\n"
    return make_seeds({f"{n}.md": text.format(n=n, edition=edition) for n in range(8)})


def _ask_forever(
    address: ClusterAddress, cache: Path, stop: threading.Event, seen: list[tuple[str, set[str]]]
) -> None:
    """Ask the newest snapshot again and again; note its name and the editions it quotes."""
    while not stop.is_set():
        store = snapshot_store(cache, address)
        try:
            with Searcher.open_from(store) as searcher:
                for _ in range(3):
                    answer = searcher.ask("In which edition is lake 3?", limit=5, fill=True)
                    searcher.quoter.check(*answer.quotes)
                    editions = {quote.passage.text.split()[-1] for quote in answer.quotes}
                    seen.append((answer.snapshot, editions))
        finally:
            store.close()


def _wait_until_seen(
    name: str, seen: list[tuple[str, set[str]]], errors: list[BaseException]
) -> None:
    deadline = time.monotonic() + 120
    while not errors and all(each != name for each, _ in seen):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nobody_sees_two_snapshots_mixed(
    build: BuildSeeds,
    make_seeds: MakeSeeds,
    address: ClusterAddress,
    snapshots: ClusterSnapshots,
    tmp_path: Path,
) -> None:
    editions = {build(_seeds(make_seeds, 0)).name: {"0."}}
    seen: list[tuple[str, set[str]]] = []
    errors: list[BaseException] = []
    stop = threading.Event()

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - it fails the test
            errors.append(error)

    threads = [
        threading.Thread(
            target=guarded,
            args=(lambda n=n: _ask_forever(address, tmp_path / f"cache{n}", stop, seen),),
        )
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    try:
        for edition in range(1, _EDITIONS):
            name = build(_seeds(make_seeds, edition)).name
            editions[name] = {f"{edition}."}
            if edition % 2:  # a busy machine may not show every edition before the next
                _wait_until_seen(name, seen, errors)
            snapshots.rollback()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert len({name for name, _ in seen}) > 2
    assert [(name, found) for name, found in seen if found != editions[name]] == []
