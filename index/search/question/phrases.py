"""Patterns of phrases that people say around a question."""

from index.text.words.courtesy import GREETINGS, INTERJECTIONS, PLEASE, THANKS


def any_of(*lists: str) -> str:
    """Return a pattern for the phrases of lists, which may be on several lines each."""
    lines = (line.lstrip() for line in "\n|".join(lists).splitlines())
    return "(?:" + "".join(lines) + r")\b"


PLEASANTRY = any_of(GREETINGS, INTERJECTIONS, PLEASE, THANKS)
