"""Read reStructuredText."""
