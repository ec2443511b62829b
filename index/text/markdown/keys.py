"""Read the names of keys from components that draw them, such as ``<Key mod="cmd" k="z" />``."""

import re

_KEY_COMPONENT = re.compile(r"<(?:Key|Kbd|Hotkey|Shortcut)(?:s|board\w*)?[\s/]", re.IGNORECASE)
_VALUE = re.compile(r"\b[\w-]+=(?:\"([^\"{}]+)\"|'([^'{}]+)')")


def key_names(tag: str) -> str:
    """Return the names of the keys in a tag, in the order of its attributes; "" for other tags."""
    if not _KEY_COMPONENT.match(tag):
        return ""
    return " ".join(double or single for double, single in _VALUE.findall(tag))
