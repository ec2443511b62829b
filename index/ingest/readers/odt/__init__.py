"""Read OpenDocument texts."""
