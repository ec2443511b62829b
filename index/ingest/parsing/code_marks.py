"""Recognize code in documents by the names of styles and fonts, and mark it as in Markdown."""

import re

from index.text.spans import has_words

_MAX_INLINE_CHARS = 100
_STYLE = re.compile(
    r"(?:\A|[\s_-])(?:code|verbatim|source text|quelltext|teletype|typewriter"
    r"|html (?:code|keyboard|sample|typewriter|tastatur|beispiel|schreibmaschine))(?:\Z|[\s_-])"
    r"|\Averbatim char|\bsource ?code|codeblock|inlinecode",
    re.IGNORECASE,
)
_BLOCK_STYLE = re.compile(
    r"\b(?:source ?code|code(?: ?block)?|preformatted(?: text)?|html (?:preformatted|vorformatiert)"
    r"|listing|programlisting|quelltext)\b",
    re.IGNORECASE,
)
_MONOSPACE = re.compile(
    r"mono(?!type)|courier|consolas|menlo|monaco|typewriter|lucida console|inconsolata"
    r"|(?:source|fira|cascadia) code|fixedsys|\bcmtt",
    re.IGNORECASE,
)


def is_code_style(name: str) -> bool:
    """Return whether the name of a character style says that it is for code."""
    return _STYLE.search(name) is not None


def is_code_block_style(name: str) -> bool:
    """Return whether the name of a paragraph style says that it is for code."""
    return _BLOCK_STYLE.search(name) is not None


def is_monospaced(font: str | None) -> bool:
    """Return whether the letters of a font are all as wide as each other, by its name."""
    return font is not None and _MONOSPACE.search(font) is not None


def inline_code(text: str) -> str:
    """Put code between backticks, unless it is long or has some; white space stays around them."""
    code = text.strip()
    if not has_words(code) or len(code) > _MAX_INLINE_CHARS or "`" in code or "\n" in code:
        return text
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}`{code}`{' ' * after}"
