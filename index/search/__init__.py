"""Rank candidate passages and decide whether they answer the question."""
