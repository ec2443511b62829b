"""Which article a member means: what the list offers while typing, and what was typed at last."""

from collections.abc import Sequence

from bot.markup import size
from bot.words import Words
from index.article import Source, digest
from index.errors import QuestionError

LONGEST_CHOICE = 100  # Discord's, for a choice's name and its value
MOST_CHOICES = 25


def matching(typed: str, sources: Sequence[Source]) -> list[Source]:
    """The articles whose title, publisher or file has every word typed, in the order given."""
    words = typed.casefold().split()
    return [source for source in sources if all(word in _searched(source) for word in words)]


def choices(typed: str, sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Name and value of each choice to offer: a title, and what ``find`` knows it by."""
    found = matching(typed, sources)[:MOST_CHOICES]
    titles = [source.metadata.title for source in found]
    return [
        (_name(source, twice=titles.count(source.metadata.title) > 1), key(source))
        for source in found
    ]


def key(source: Source) -> str:
    """What a choice carries: the path, or a digest of it where that is too long."""
    return source.path if size(source.path) <= LONGEST_CHOICE else f"#{digest(source.path)[:24]}"


def find(typed: str, sources: Sequence[Source], words: Words) -> str:
    """The path of the article meant by a choice's value or by free text.

    Raises QuestionError when none or several are meant.
    """
    for source in sources:
        if typed in {source.path, key(source)}:
            return source.path
    titled = [one for one in sources if one.metadata.title.casefold() == typed.strip().casefold()]
    found = titled or (matching(typed, sources) if typed.strip() else [])
    if len(found) != 1:
        line = words.several_articles if found else words.no_article
        raise QuestionError(line.format(_clipped(" ".join(typed.split()))))
    return found[0].path


def _searched(source: Source) -> str:
    metadata = source.metadata
    return f"{metadata.title} {metadata.publisher or ''} {source.path}".casefold()


def _name(source: Source, *, twice: bool) -> str:
    title = " ".join(source.metadata.title.split()) or source.path
    return _clipped(f"{title[:60]} ({source.path[-35:]})" if twice else title)


def _clipped(text: str) -> str:
    """At most 100 units, without half a surrogate pair."""
    shown = text.encode("utf-8", "replace").decode("utf-8")
    if size(shown) <= LONGEST_CHOICE:
        return shown
    while size(shown) > LONGEST_CHOICE - 1:
        shown = shown[:-1]
    return f"{shown}…"
