"""Link to a passage within a web page, by its section or with a text fragment.

See https://wicg.github.io/scroll-to-text-fragment. A browser that cannot find the text opens the
page at its top.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote as percent_encode

_DIRECTIVE = ":~:"
_MESSAGE_LINK = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/")
_MAX_WHOLE_CHARS = 60  # longer texts are given as "first words,last words"
_MAX_WORDS = 6
_UNSPACED_CHARS = 8  # taken from each end of a text that is written without spaces
# Quotation marks and full stops may differ between the page and the passage.
_EDGE = re.compile(r"^[^\w]+|[^\w]+$")


def link_to_section(url: str, anchor: str | None, limit: int | None = None) -> str:
    """Add the section id ``anchor`` to ``url``.

    Returns ``url`` unchanged if it has a fragment already, or if the link would be longer than
    ``limit`` characters.
    """
    if not anchor or "#" in url:
        return url
    link = f"{url}#{percent_encode(anchor, safe='-._~', errors='replace')}"
    return link if limit is None or len(link) <= limit else url


def link_to_text(url: str, text: str, limit: int) -> str:
    """Add the most exact fragment for ``text`` to ``url`` that fits in ``limit`` characters.

    A line of ``text`` is a block of the page, such as a paragraph or a cell. Returns ``url``
    unchanged if no fragment fits, if ``text`` contains no words, or if Discord opens the link.
    """
    if _MESSAGE_LINK.match(url):
        return url
    page = url.partition(_DIRECTIVE)[0].removesuffix("#")
    separator = "" if "#" in page else "#"
    for fragment in _fragments(text):
        link = f"{page}{separator}{_DIRECTIVE}text={fragment}"
        if len(link) <= limit:
            return link
    return url


def encode_fragment(text: str) -> str:
    """Percent-encode a text, including the dash, comma and ampersand of fragment syntax."""
    return percent_encode(text, safe="", errors="replace").replace("-", "%2D")


def _fragments(text: str) -> Iterator[str]:
    """Yield fragments from the most exact to the shortest."""
    blocks = [_EDGE.sub("", " ".join(line.split())) for line in text.split("\n")]
    blocks = [block for block in blocks if block]
    if not blocks:
        return
    first, last = blocks[0], blocks[-1]
    is_single = len(blocks) == 1
    if is_single and len(first) <= _MAX_WHOLE_CHARS:
        yield encode_fragment(first)
    starting, ending = first.split(" "), last.split(" ")
    for count in range(_MAX_WORDS, 1, -1):
        if not is_single or 2 * count < len(starting):
            yield f"{_encode_words(starting[:count])},{_encode_words(ending[-count:])}"
    for count in range(_MAX_WORDS, 2, -1):
        if count < len(starting):
            yield _encode_words(starting[:count])
    if is_single and len(starting) == 1 and len(first) > 2 * _UNSPACED_CHARS:
        start, end = first[:_UNSPACED_CHARS], first[-_UNSPACED_CHARS:]
        yield f"{encode_fragment(start)},{encode_fragment(end)}"


def _encode_words(words: list[str]) -> str:
    return encode_fragment(_EDGE.sub("", " ".join(words)))
