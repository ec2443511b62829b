"""Provide the `quoth` command line."""
