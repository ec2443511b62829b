"""Fetch web pages and feeds safely."""
