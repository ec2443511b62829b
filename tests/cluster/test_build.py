from typing import Any

import pytest

from index.cluster.connections import Connections
from index.cluster.snapshots import ClusterSnapshots
from index.cluster.writing.collect import collection_prefix
from index.errors import BuildInProgress, SeedsError, SnapshotError
from tests.cluster.conftest import BuildSeeds
from tests.support.index_fixtures import MakeSeeds

_FILLER = "\n\n".join(f"Paragraph {n} tells of river {n} and of bridge {n}." for n in range(30))
_ARTICLES: dict[str, str | bytes] = {
    "long.md": f"# Rivers\n\n{_FILLER}\n",
    "zürich.md": "# Zürich\n\nZürich has a lake. It is deep.\n\nThe lake was dug by a glacier.\n",
    'news/o\'hara "x" or 1==1.md': (
        "---\ntitle: Robert'); DROP TABLE members;--\npublisher: 'O''Hara || \"x\"'\n"
        "published: 2024-05-01\n---\n\nThe mayor of Springfield resigned in May.\n"
    ),
}


def _rows(connections: Connections, query: str) -> list[tuple[Any, ...]]:
    with connections.postgres() as connection:
        return connection.execute(query.encode()).fetchall()


def _collections(snapshots: ClusterSnapshots) -> set[str]:
    """Return the collections of this installation; tests share the server with others."""
    with snapshots.locked() as connection:
        prefix = collection_prefix(connection)
    names = snapshots.connections.milvus.list_collections()
    return {name for name in names if name.startswith(prefix)}


def _terms(connections: Connections, snapshot: str) -> list[tuple[Any, ...]]:
    query = "SELECT term, reversed, in_text, in_title FROM quoth_index.terms "
    return _rows(connections, f"{query} WHERE snapshot = '{snapshot}' ORDER BY term")


def test_seeds_are_built_and_published(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    report = build(make_seeds(_ARTICLES))
    assert snapshots.current() == report.name
    manifest = snapshots.manifest(report.name)
    assert manifest.counts == report.counts
    assert (report.counts.articles, report.counts.passages) == (3, 33)
    assert [part.chunks for part in manifest.parts] == [33]
    assert report.changes.added == tuple(sorted(_ARTICLES))
    found = _rows(snapshots.connections, "SELECT path, publisher, folder FROM quoth_index.members")
    assert ('news/o\'hara "x" or 1==1.md', 'O\'Hara || "x"', "news") in found


def test_unchanged_seeds_are_not_built_again(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    seeds = make_seeds(_ARTICLES)
    first, second = build(seeds), build(seeds)
    assert (second.name, second.published, second.counts) == (first.name, False, first.counts)
    assert (second.encoded.new, second.changes.added) == (0, ())
    assert snapshots.names() == [first.name]


def test_a_rebuild_writes_only_what_has_changed(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    first = build(make_seeds(_ARTICLES))
    before = _rows(snapshots.connections, "SELECT row, xmin FROM quoth_index.passages")
    new = "# Zürich\n\nZürich has a lake. It is cold.\n\nThe lake was dug by a glacier.\n"
    second = build(make_seeds({"zürich.md": new}))

    assert second.changes.changed == ("zürich.md",)
    assert second.encoded.new == 2  # a sentence, and the chunk with it
    after = _rows(snapshots.connections, "SELECT row, xmin FROM quoth_index.passages")
    assert len(set(after) - set(before)) == 2
    base, added = snapshots.manifest(second.name).parts
    assert base.collection == snapshots.manifest(first.name).parts[0].collection
    assert (base.chunks, len(base.withdrawn), added.chunks) == (33, 1, 2)


@pytest.mark.slow
def test_many_small_rebuilds_search_few_collections(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    build(make_seeds(_ARTICLES))
    for n in range(6):
        report = build(
            make_seeds({f"new{n % 2}.md": f"# Rivers {n}\n\nIt tells of a river {n}.\n"})
        )
        parts = snapshots.manifest(report.name).parts
        assert len(parts) <= 4
        live = sum(part.chunks for part in parts) - sum(len(part.withdrawn) for part in parts)
        assert live == report.counts.vectors
    kept = {
        part.collection for name in snapshots.names() for part in snapshots.manifest(name).parts
    }
    assert _collections(snapshots) == kept
    placed = _rows(snapshots.connections, "SELECT DISTINCT collection FROM quoth_index.placed")
    assert {name for (name,) in placed} == kept


@pytest.mark.slow
def test_rebuilt_frequencies_equal_those_of_a_new_build(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    seeds = make_seeds(_ARTICLES)
    build(seeds)
    (seeds / "long.md").unlink()
    make_seeds({"zürich.md": "# Bern\n\nBern has a river.\n", "more.md": "# More\n\nA lake.\n"})
    rebuilt = _terms(snapshots.connections, build(seeds).name)
    with snapshots.locked() as connection:
        connection.execute("DROP SCHEMA quoth_index CASCADE")
    assert rebuilt == _terms(snapshots.connections, build(seeds).name)
    assert len(rebuilt) > 10


def test_a_moved_article_is_not_encoded_again(build: BuildSeeds, make_seeds: MakeSeeds) -> None:
    seeds = make_seeds(_ARTICLES)
    build(seeds)
    (seeds / "zürich.md").rename(seeds / "lake.md")
    report = build(seeds)
    assert report.encoded.new == 0
    assert (report.changes.added, report.changes.removed) == (("lake.md",), ("zürich.md",))


@pytest.mark.slow
def test_rows_of_no_snapshot_are_removed(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    seeds = make_seeds(_ARTICLES)
    build(seeds)
    for n in range(4):
        build(make_seeds({"zürich.md": f"# Zürich\n\nEdition {n} of this text.\n"}))
    texts = _rows(snapshots.connections, "SELECT text FROM quoth_index.articles")
    editions = [text for (text,) in texts if b"Edition" in text]
    assert len(snapshots.names()) == len(editions) == 3
    orphans = "SELECT version FROM quoth_index.passages EXCEPT SELECT version FROM "
    assert not _rows(snapshots.connections, f"{orphans} quoth_index.members")
    assert not _rows(snapshots.connections, f"{orphans} quoth_index.versions")


def test_a_build_mends_what_was_damaged_in_postgres(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    seeds, query = make_seeds(_ARTICLES), "SELECT * FROM quoth_index.passages ORDER BY row"
    build(seeds)
    before = _rows(snapshots.connections, query)
    for damage in (
        "UPDATE quoth_index.passages SET text = text || 'x' WHERE paragraph = 3",
        "UPDATE quoth_index.passages SET vectors = vectors || vectors WHERE paragraph = 3",
        "DELETE FROM quoth_index.passages WHERE paragraph = 3",
        "UPDATE quoth_index.articles SET text = 'another' WHERE length(text) > 500",
        "DELETE FROM quoth_index.articles WHERE length(text) > 500",
    ):
        with snapshots.locked() as connection:
            assert connection.execute(damage.encode()).rowcount == 1
        assert build(seeds).published, damage
        assert _rows(snapshots.connections, query) == before, damage


def test_a_build_mends_what_milvus_has_lost(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    seeds = make_seeds(_ARTICLES)
    first = build(seeds)
    (part,) = snapshots.manifest(first.name).parts
    snapshots.connections.milvus.delete(part.collection, filter="id >= 0 and published > 0")
    second = build(seeds)
    assert (second.published, second.encoded.new) == (True, 0)
    assert snapshots.manifest(second.name).parts[0].chunks == 33
    with pytest.raises(SnapshotError, match="no snapshot before"):
        snapshots.rollback()  # to the damaged one


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["lost", "altered", "words", "filter"])
def test_what_milvus_does_not_hold_is_refused_at_sealing(
    build: BuildSeeds,
    make_seeds: MakeSeeds,
    snapshots: ClusterSnapshots,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    from pymilvus import MilvusClient

    insert = MilvusClient.insert

    def faulty(self: Any, name: str, rows: list[dict[str, Any]]) -> Any:
        changed = [dict(row) for row in rows]
        if fault == "lost":
            changed.pop(11)
        elif fault == "altered":
            changed[11]["vector"] = changed[11]["vector"][::-1].copy()
        elif fault == "words":
            changed[11]["words"] = {1: 0.5}
        else:
            changed[11]["published"] = 20010101
        return insert(self, name, changed)

    first = build(make_seeds(_ARTICLES))
    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, "insert", faulty)
        more = make_seeds({"more.md": f"# More\n\n{_FILLER}\n"})
        with pytest.raises(SnapshotError, match="Milvus does not hold what was written"):
            build(more)
    assert snapshots.names() == [snapshots.current()] == [first.name]
    second = build(more)
    assert second.encoded.new == 0  # the passages were stored
    assert second.published


def test_a_second_build_is_refused(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    seeds = make_seeds(_ARTICLES)
    with snapshots.locked(), pytest.raises(BuildInProgress):
        build(seeds)


def test_seeds_without_an_article_change_nothing(
    build: BuildSeeds, make_seeds: MakeSeeds, snapshots: ClusterSnapshots
) -> None:
    first = build(make_seeds(_ARTICLES))
    with pytest.raises(SeedsError):
        build(make_seeds({"../other/a.md": "---\ntitle: Nothing\n---\n"}).parent / "other")
    assert snapshots.current() == first.name
