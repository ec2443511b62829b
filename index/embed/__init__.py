"""Encode text as vectors."""
