"""Searches that an engine of vectors answers only nearly by itself."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from index.backends import snapshot_store
from index.build.pipeline import build as build_folder
from index.searcher import Searcher
from index.store.backend import ClusterAddress
from index.types import Hit
from tests.cluster.conftest import BuildSeeds
from tests.support.index_fixtures import MakeSeeds

_FILLER = "pier quay buoy mast keel rope sail tide crab kelp gull shed crew oars deck hull " * 8


@contextmanager
def _opened(seeds: Path, address: ClusterAddress, work: Path) -> Iterator[list[Searcher]]:
    """Open a folder and a cluster of the same articles."""
    build_folder(seeds, work / "index")
    with (
        closing(snapshot_store(work, address)) as store,
        Searcher.open(work / "index") as folder,
        Searcher.open_from(store) as cluster,
    ):
        yield [folder, cluster]


def _places(hits: list[Hit]) -> list[tuple[str, int]]:
    return [(hit.article, hit.start) for hit in hits]


def test_a_misspelled_word_is_found_in_a_long_passage(
    build: BuildSeeds, make_seeds: MakeSeeds, address: ClusterAddress, tmp_path: Path
) -> None:
    """Milvus can only estimate the score, which is too low for a long passage."""
    names = ["harbour", "village", "monastery"] * 40
    files = {f"{n}.txt": f"Place {n}\n\nThis {name} is {n}." for n, name in enumerate(names)}
    seeds = make_seeds({**files, "long.txt": f"Health\n\nA quarantine near the {_FILLER}."})
    build(seeds)
    with _opened(seeds, address, tmp_path) as (folder, cluster):
        (found,) = cluster.bm25_hits("harbour quarentine", 1)
        assert found.article == "long.txt"
        assert _places([found]) == _places(folder.bm25_hits("harbour quarentine", 1))


def test_equal_passages_are_ranked_in_the_order_of_articles(
    build: BuildSeeds, make_seeds: MakeSeeds, address: ClusterAddress, tmp_path: Path
) -> None:
    """Rows of a cluster are hashes, which must not decide ties."""
    text = "Stateline\n\nThe lottery of the state sells tickets at noon."
    seeds = make_seeds({f"{number:02}.txt": text for number in range(40)})
    build(seeds)
    with _opened(seeds, address, tmp_path) as pair:
        answers = [each.ask("When does the lottery sell tickets?", ranking=10) for each in pair]
    expected = [f"{number:02}.txt" for number in range(10)]
    assert [[hit.article for hit in each.ranking] for each in answers] == [expected, expected]
