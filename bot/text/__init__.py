"""Render, translate and parse text as plain functions."""
