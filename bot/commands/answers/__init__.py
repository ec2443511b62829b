"""Respond to questions and small talk, handle the buttons below answers, keep answers current."""
