"""Rewrite links whose targets only a site generator can follow."""

import re

_GENERATED = r"(?:\{\{[^{}\n]*\}\}|\{%[^{}\n]*%\})"
_TARGET = re.compile(rf"\]\([ \t]*{_GENERATED}[^()\s]*[ \t]*((?:\"[^\"\n]*\"|'[^'\n]*')?)[ \t]*\)")
_ATTRIBUTE = re.compile(rf"(?<=[ \t])(href|src)=(?:\"{_GENERATED}[^\"\s]*\"|'{_GENERATED}[^'\s]*')")


def without_generated_targets(source: str) -> str:
    """Return Markdown with ``#`` for the targets of links that templates write."""
    if "{{" not in source and "{%" not in source:
        return source
    return _ATTRIBUTE.sub(r'\1="#"', _TARGET.sub(_rewritten, source))


def _rewritten(link: re.Match[str]) -> str:
    return f"](# {link[1]})" if link[1] else "](#)"
