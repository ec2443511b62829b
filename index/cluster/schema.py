"""Tables in PostgreSQL and the fields of a Milvus collection.

Articles, versions, passages and the vocabulary are shared by all snapshots and never change; a
snapshot is the list of versions that are its members. Collections in Milvus are immutable, too: a
snapshot searches one, or two after a small rebuild.
"""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from index.errors import SettingsError, SnapshotMismatch

TABLES_VERSION = 1  # of the tables below
CHANNEL = "quoth_snapshots"  # of NOTIFY; the payload is the name of the published snapshot
_SETUP_LOCK = 0x71756F7468  # two processes must not create the tables at once

TABLES = """
CREATE SCHEMA IF NOT EXISTS quoth_index;
CREATE TABLE IF NOT EXISTS quoth_index.installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    tables_version int NOT NULL,
    prefix text NOT NULL  -- of collections: several installations may share a Milvus
);
CREATE TABLE IF NOT EXISTS quoth_index.snapshots (
    name text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('building', 'sealed', 'withdrawn')),
    manifest text,  -- JSON of ClusterManifest; NULL while building
    collections text[] NOT NULL DEFAULT '{}',  -- in Milvus
    files bytea[] NOT NULL DEFAULT '{}',       -- digests
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS quoth_index.pointer (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    name text COLLATE "C" NOT NULL REFERENCES quoth_index.snapshots
);
CREATE TABLE IF NOT EXISTS quoth_index.leases (
    name text COLLATE "C" NOT NULL REFERENCES quoth_index.snapshots ON DELETE CASCADE,
    holder text NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (name, holder)
);
CREATE TABLE IF NOT EXISTS quoth_index.articles (
    digest bytea PRIMARY KEY,  -- SHA-256 of the text in UTF-8
    text bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS quoth_index.versions (
    version bytea PRIMARY KEY,  -- an article as built: see rows.article_version
    digest bytea NOT NULL,
    passages int NOT NULL,
    sentences int NOT NULL,
    chunks int NOT NULL,
    text_terms bigint NOT NULL,   -- of all its passages, for the average length
    title_terms bigint NOT NULL,
    languages text NOT NULL,      -- JSON list: languages that its terms were stemmed in
    term_counts bytea NOT NULL    -- see rows.pack_counts
);
CREATE INDEX IF NOT EXISTS versions_digest ON quoth_index.versions (digest);
CREATE TABLE IF NOT EXISTS quoth_index.members (
    snapshot text COLLATE "C" NOT NULL REFERENCES quoth_index.snapshots ON DELETE CASCADE,
    path text COLLATE "C" NOT NULL,
    version bytea NOT NULL,
    digest bytea NOT NULL,
    title text NOT NULL,
    publisher text,
    published text COLLATE "C" NOT NULL DEFAULT '',
    folder text COLLATE "C" NOT NULL DEFAULT '',
    language text NOT NULL,
    detected boolean NOT NULL DEFAULT false,  -- the language, from the text
    metadata text NOT NULL,  -- JSON of index.types.Metadata
    passages int NOT NULL,
    PRIMARY KEY (snapshot, path)
);
CREATE UNIQUE INDEX IF NOT EXISTS members_version ON quoth_index.members (snapshot, version);
CREATE INDEX IF NOT EXISTS members_newest ON quoth_index.members (snapshot, published DESC, path);
CREATE TABLE IF NOT EXISTS quoth_index.passages (
    row bigint PRIMARY KEY,
    version bytea NOT NULL,
    paragraph int NOT NULL,
    place bytea NOT NULL,    -- see rows.pack
    text bytea NOT NULL,
    vectors bytea NOT NULL,
    checksum bytea NOT NULL, -- see rows.CHECKSUM
    UNIQUE (version, paragraph)
);
CREATE TABLE IF NOT EXISTS quoth_index.vocabulary (
    term bytea PRIMARY KEY,  -- bytes: a term may contain lone surrogates
    number bigint GENERATED ALWAYS AS IDENTITY
);
CREATE TABLE IF NOT EXISTS quoth_index.terms (
    snapshot text COLLATE "C" NOT NULL REFERENCES quoth_index.snapshots ON DELETE CASCADE,
    term bytea NOT NULL,
    reversed bytea NOT NULL,    -- the term backwards, to find slips of the fingers
    number bigint NOT NULL,     -- in vocabulary
    in_text bigint NOT NULL,    -- number of passages that contain the term
    in_title bigint NOT NULL,
    PRIMARY KEY (snapshot, term)
);
CREATE INDEX IF NOT EXISTS terms_reversed ON quoth_index.terms (snapshot, reversed);
CREATE TABLE IF NOT EXISTS quoth_index.placed (  -- the contents of collections in Milvus
    collection text COLLATE "C" NOT NULL,
    version bytea NOT NULL,
    PRIMARY KEY (collection, version)
);
CREATE TABLE IF NOT EXISTS quoth_index.files (
    digest bytea NOT NULL,  -- SHA-256 of the file
    part int NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (digest, part)
);
"""

# Primary keys are not unique in Milvus: two rows with the same id are both kept.
ID, ROW, VECTOR, WORDS = "id", "row", "vector", "words"
ARTICLE, FOLDER, PUBLISHER, PUBLISHED, PRIVATE = (
    "article", "folder", "publisher", "published", "private",
)  # fmt: skip
FILTERED = (ARTICLE, FOLDER, PUBLISHER, PUBLISHED)

WORDS_SEARCH: Mapping[str, Any] = {"metric_type": "IP", "params": {"drop_ratio_search": 0.0}}
_FLAT_MAX_VECTORS = 32_768  # as in index.store.faiss_index: comparing all takes a millisecond
_NEIGHBOURS, _CONSTRUCTION_DEPTH, _SEARCH_DEPTH = 32, 400, 256  # of HNSW


HAS_TABLES = "SELECT to_regclass('quoth_index.installation') IS NOT NULL"
READ_VERSION = "SELECT tables_version FROM quoth_index.installation"


def check_version(found: int) -> None:
    """Raise SnapshotMismatch if tables of the version ``found`` are not those above."""
    if found == TABLES_VERSION:
        return
    advice = (
        "update Quoth, here and wherever else it runs"
        if found > TABLES_VERSION
        else "stop all processes, run DROP SCHEMA quoth_index CASCADE in PostgreSQL, then "
        "`quoth build`"
    )
    raise SnapshotMismatch(
        f"the index in PostgreSQL has tables of version {found}, but this version of Quoth needs "
        f"version {TABLES_VERSION}; {advice}"
    )


def create_tables(connection: "Connection[Any]", prefix: str) -> None:
    """Create what is missing; ``prefix`` names the collections of a new installation.

    Raises SnapshotMismatch if there are tables of another version, and SettingsError if the
    database does not store Unicode.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise SettingsError(
            f"the encoding of the database in QUOTH_STORE is {encoding}, wanted UTF8; create it "
            "with ENCODING 'UTF8'"
        )
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETUP_LOCK,))
        if connection.execute(HAS_TABLES).fetchone() == (True,):
            for (version,) in connection.execute(READ_VERSION).fetchall():
                check_version(version)
        connection.execute(TABLES)
        connection.execute(
            "INSERT INTO quoth_index.installation (tables_version, prefix) VALUES (%s, %s) "
            "ON CONFLICT DO NOTHING",
            (TABLES_VERSION, prefix),
        )


def vector_search(count: int) -> dict[str, Any]:
    """Return the parameters of a dense search in a collection of ``count`` vectors."""
    params = {} if count <= _FLAT_MAX_VECTORS else {"ef": _SEARCH_DEPTH}
    return {"metric_type": "IP", "params": params}


def collection_fields(dim: int) -> Any:
    """Describe the fields of a collection to pymilvus.

    Filters compare whole numbers only, so that no name needs escaping or has a longest length.
    """
    from pymilvus import DataType, MilvusClient  # noqa: PLC0415 - takes most of a second

    fields = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    fields.add_field(ID, DataType.INT64, is_primary=True)
    fields.add_field(ROW, DataType.INT64)
    fields.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dim)
    fields.add_field(WORDS, DataType.SPARSE_FLOAT_VECTOR)
    for name in FILTERED:
        fields.add_field(name, DataType.INT64)
    fields.add_field(PRIVATE, DataType.BOOL)
    return fields


def collection_indexes(count: int) -> Any:
    """Describe the indexes of a collection of ``count`` vectors to pymilvus."""
    from pymilvus import MilvusClient  # noqa: PLC0415 - takes most of a second

    indexes = MilvusClient.prepare_index_params()
    if count <= _FLAT_MAX_VECTORS:
        indexes.add_index(VECTOR, index_type="FLAT", metric_type="IP")
    else:
        params = {"M": _NEIGHBOURS, "efConstruction": _CONSTRUCTION_DEPTH}
        indexes.add_index(VECTOR, index_type="HNSW", metric_type="IP", params=params)
    words = {"inverted_index_algo": "DAAT_MAXSCORE"}
    indexes.add_index(WORDS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP", params=words)
    if count > _FLAT_MAX_VECTORS:  # fewer numbers are compared as fast
        for name in FILTERED:
            indexes.add_index(name, index_type="INVERTED")
    return indexes
