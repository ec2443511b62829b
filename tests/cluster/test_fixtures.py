import psycopg


def test_servers_start(postgres: str, milvus: str) -> None:
    from pymilvus import MilvusClient

    with psycopg.connect(postgres) as connection:
        assert connection.execute("SELECT count(*) FROM pg_class").fetchone() is not None
    assert "none" not in MilvusClient(milvus).list_collections()
