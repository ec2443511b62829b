"""The databases behind the store: a SQLite file, or PostgreSQL, under one interface."""
