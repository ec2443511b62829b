"""Read EPUB books."""
