"""Keep snapshots in PostgreSQL and Milvus, for corpora that outgrow one machine."""
