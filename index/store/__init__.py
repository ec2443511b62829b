"""Store and search vectors, terms and texts in an immutable snapshot."""
