"""Rewrite the elements of a page, so that the article in it can be read."""
