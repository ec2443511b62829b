import dataclasses

import numpy as np
import pytest

from index.build.passage_rows import ArticleToBuild, build_articles
from index.cluster.rows import PackedRow, article_version, unpack
from index.cluster.snapshots import ClusterSnapshots
from index.cluster.writing.writer import Member, drafting, fingerprint
from index.embed.encoder import Encoder
from index.embed.onnx_export import export_encoder
from index.errors import SnapshotError
from index.types import Article, Block, Metadata, digest

_SURROGATES = "The name \ud800 of \udfffZürich\x00 is odd. It is kept as it is."
_LONG = "A word and another one stand in this line of code\n" * 1_500
_HOSTILE = Metadata(
    title="x'); DROP TABLE quoth_index.members; --\ud800\x00",
    publisher="' OR 1 == 1 \udc00 \x00 \"",
    published="2024-02-30",
    language="en",
)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return export_encoder(None, tmp_path_factory.mktemp("encoder"))


def _member(path: str, text: str, metadata: Metadata) -> Member:
    article = Article(path, text, metadata, (Block(0, len(text), section=text[:9]),))
    return Member(article, article_version(article, "test"), digest(text), detected=False)


def test_hostile_articles_are_stored_and_sealed(
    snapshots: ClusterSnapshots, encoder: Encoder
) -> None:
    members = [
        _member('folder\' or "1"/a%s{}\\.txt', _SURROGATES, _HOSTILE),
        _member("long.md", f"```\n{_LONG}```\n", Metadata("Code", language="en")),
    ]
    built = build_articles(
        [ArticleToBuild(each.article, each.version) for each in members], encoder, {}
    )
    assert sum(len(row.text) for row in built.articles[1].rows) > 64_000
    with (
        snapshots.locked() as connection,
        drafting(snapshots.connections, connection, "1", None) as draft,
    ):
        draft.put(built.articles)
        draft.put(built.articles)
        draft.add_members(members)
        manifest = draft.seal(2, ("test", 384), {}, fingerprint(members), lambda *_: None)
        snapshots.publish("1", connection)
        stored = connection.execute(
            "SELECT row, version, paragraph, place, text, vectors, checksum "
            "FROM quoth_index.passages ORDER BY row"
        ).fetchall()
        titles = connection.execute("SELECT title FROM quoth_index.members").fetchall()
    rows = sorted((row for each in built.articles for row in each.rows), key=lambda row: row.row)
    assert [unpack(PackedRow(*columns)).text for columns in stored] == [row.text for row in rows]
    assert manifest.counts.passages == len(rows)
    assert ("x'); DROP TABLE quoth_index.members; --?\ufffd",) in titles


def test_a_vector_that_is_not_of_length_one_is_refused(
    snapshots: ClusterSnapshots, encoder: Encoder
) -> None:
    member = _member("a.txt", "It is short.", Metadata("A", language="en"))
    to_build = ArticleToBuild(member.article, member.version)
    (article,) = build_articles([to_build], encoder, {}).articles
    for factor in (0.5, np.nan):
        vectors = (article.rows[0].vectors * factor).astype(np.float16)
        bad = dataclasses.replace(
            article, rows=(dataclasses.replace(article.rows[0], vectors=vectors),)
        )
        with (
            pytest.raises(SnapshotError, match="not finite and of length 1"),
            snapshots.locked() as connection,
            drafting(snapshots.connections, connection, "1", None) as draft,
        ):
            draft.put([bad])
    assert snapshots.names() == []


def test_articles_that_were_not_stored_are_noticed(snapshots: ClusterSnapshots) -> None:
    member = _member("a.txt", "It is short.", Metadata("A", language="en"))
    with (
        snapshots.locked() as connection,
        drafting(snapshots.connections, connection, "1", None) as draft,
    ):
        draft.add_members([member])
        with pytest.raises(SnapshotError, match="0 of 1 articles"):
            draft.seal(1, ("test", 384), {}, fingerprint([member]), lambda *_: None)
