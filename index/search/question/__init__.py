"""Understand a question: its kind, its parts, what it asks for."""
