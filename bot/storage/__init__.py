"""Store answers, votes, open questions and server settings in SQLite or PostgreSQL."""
