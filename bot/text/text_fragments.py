"""A link that opens a page at the quoted words: a text fragment, https://wicg.github.io/scroll-to-text-fragment.

Pure. Where the words are not on the page, a browser opens the page at its top: nothing is lost.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote as percent_encode

_DIRECTIVE = ":~:"
_WHOLE = 60  # characters up to which a text is given whole, not as "first words,last words"
_MOST_WORDS = 6
_NO_SPACES = 8  # characters that stand for words where a text is written without spaces
_EDGE = re.compile(
    r"^[^\w]+|[^\w]+$"
)  # quotation marks and full stops differ between page and text


def at_section(url: str, anchor: str | None, limit: int | None = None) -> str:
    """``url`` where its section with the id ``anchor`` begins, in at most ``limit`` characters.

    ``url`` as it was when it leads to a place of its own already, or that would be too long.
    """
    if not anchor or "#" in url:
        return url
    link = f"{url}#{percent_encode(anchor, safe='-._~', errors='replace')}"
    return link if limit is None or len(link) <= limit else url


def jump_link(url: str, text: str, limit: int) -> str:
    """``url`` with the fragment that finds ``text``, in at most ``limit`` characters.

    ``url`` as it was when no fragment fits, or when ``text`` has no word in it.
    """
    page = url.partition(_DIRECTIVE)[0].removesuffix("#")
    sign = "" if "#" in page else "#"
    for fragment in _fragments(text):
        link = f"{page}{sign}{_DIRECTIVE}text={fragment}"
        if len(link) <= limit:
            return link
    return url


def _fragments(text: str) -> Iterator[str]:
    """From the most exact to the shortest."""
    plain = _EDGE.sub("", " ".join(text.split()))
    if not plain:
        return
    if len(plain) <= _WHOLE:
        yield encoded(plain)
    words = plain.split(" ")
    for count in range(_MOST_WORDS, 1, -1):
        if 2 * count < len(words):
            yield f"{_ends(words[:count])},{_ends(words[-count:])}"
    for count in range(_MOST_WORDS, 2, -1):
        if count < len(words):
            yield _ends(words[:count])
    if len(words) == 1 and len(plain) > 2 * _NO_SPACES:
        yield f"{encoded(plain[:_NO_SPACES])},{encoded(plain[-_NO_SPACES:])}"


def _ends(words: list[str]) -> str:
    return encoded(_EDGE.sub("", " ".join(words)))


def encoded(text: str) -> str:
    """Percent-encoded; also the dash, comma and ampersand, which mean something in a fragment."""
    return percent_encode(text, safe="", errors="replace").replace("-", "%2D")
