"""Mark the code on a page, and read its language before trafilatura drops the classes."""

import re
from itertools import islice
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_BLOCKS = 2_000
# language-ini (HTML's own), highlight-ini (Sphinx), highlight-source-ini (GitHub), brush: ini.
_CLASS = re.compile(
    r"(?:^|\s)(?:language-|lang-|highlight-(?:source-|text-)?|brush:\s*)([\w+#.-]+)"
)
_NAME = re.compile(r"[\w+#.-]{1,20}")
_ATTRIBUTES = ("data-lang", "data-language")
_UNNAMED = frozenset({"none", "default", "plain", "plaintext", "text", "notranslate", "highlight"})


def mark_code(tree: "HtmlElement") -> dict[str, str]:
    """Mark preformatted text as code for trafilatura, which joins the lines of any other.

    Returns the names of languages by the text of their code without white space.
    """
    languages: dict[str, str] = {}
    for element in islice(tree.iter("pre"), _MAX_BLOCKS):
        language = _language(element)
        element.set("lang", language or "code")
        if language:
            languages["".join(text_content(element).split())] = language
    return languages


def _language(element: "HtmlElement") -> str:
    """Return the language that the element, its code or one of two elements around it names."""
    around = islice(element.iterancestors(), 2)
    for each in (element, *element.iter("code"), *around):
        names = [str(each.get(name) or "").lower() for name in _ATTRIBUTES]
        names += _CLASS.findall(str(each.get("class") or "").lower())
        for name in names:
            if _NAME.fullmatch(name) and name not in _UNNAMED:
                return name
    return ""
