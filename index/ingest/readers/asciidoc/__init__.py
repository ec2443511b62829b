"""Read AsciiDoc."""
