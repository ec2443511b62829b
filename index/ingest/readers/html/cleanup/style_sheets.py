"""Read from the style sheets in a page which words are raised, lowered or struck out.

Exports of Google Docs name such formats c1, c2, …: without them, 10⁶ would be read as 106.
"""

import re
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.etree import _Element

_SHEET = re.compile(r"<style\b[^>]{0,300}>([^<]*)", re.IGNORECASE)
_RULE = re.compile(r"\.([\w-]+)\s*\{([^{}]*)\}")
_FORMAT = re.compile(
    r"vertical-align\s*:\s*(?:super|sub)\b|text-decoration[\w-]*\s*:[^;]{0,80}line-through",
    re.IGNORECASE,
)
_MAX_SHEET_CHARS = 500_000
_BADGE = re.compile(r"\s*[^\W\d_]{4,}")  # "Beta" beside a heading; "th" is part of a word


def apply_style_sheets(tree: "_Element", source: str) -> None:
    """Add these formats, as the source of the page has them, to the style of each such span."""
    sheets = "\n".join(_SHEET.findall(source))[:_MAX_SHEET_CHARS]
    formats = {name: _FORMAT.search(rule) for name, rule in _RULE.findall(sheets)}
    formats = {name: found for name, found in formats.items() if found}
    for span in tree.iter("span") if formats else ():
        for name in (span.get("class") or "").split():
            if (found := formats.get(name)) and not _is_badge(span, found[0]):
                span.set("style", f"{span.get('style') or ''};{found[0]}")


def _is_badge(span: "_Element", declaration: str) -> bool:
    is_raised = declaration.lower().startswith("vertical-align")
    return is_raised and _BADGE.match(text_content(span)) is not None
