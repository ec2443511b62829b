"""Which article or publisher a member means: what the list offers while typing, what was typed.

Any words of a title find it, mis-typed ones too: a word that is in nothing is held against the
words there are, by rapidfuzz, and the nearest count when they are near enough.
"""

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from bot.text.discord_markdown import size
from bot.text.messages import Messages
from index.errors import QuestionError
from index.types import Source, digest

LONGEST_CHOICE = 100  # Discord's, for a choice's name and its value
MOST_CHOICES = 25
_NEAR = 75.0  # of 100: one slip in five letters, two in nine
_SHORT = 4  # words up to so many letters are not guessed at
_WORD = re.compile(r"\w+")


def matching(typed: str, sources: Sequence[Source]) -> list[Source]:
    """The articles whose title, publisher or file has every word typed, in the order given.

    When there are none, those that have words like the ones typed, the most alike first.
    """
    words = typed.casefold().split()
    exact = [source for source in sources if all(word in _searched(source) for word in words)]
    return exact or _alike(words, sources)


def publishers(typed: str, sources: Sequence[Source]) -> list[str]:
    """The publishers that match what was typed, in alphabetical order; mis-typed ones as above."""
    names = _publishers(sources)
    words = typed.casefold().split()
    exact = [name for name in names if all(word in name.casefold() for word in words)]
    if exact:
        return exact
    return [name for name in names if _likeness(words, name.casefold()) >= _NEAR]


def choices(typed: str, sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Name and value of each choice to offer: a title, and what ``find`` knows it by."""
    found = matching(typed, sources)[:MOST_CHOICES]
    titles = [source.metadata.title for source in found]
    return [
        (_name(source, twice=titles.count(source.metadata.title) > 1), key(source))
        for source in found
    ]


def publisher_choices(typed: str, sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Name and value of each publisher to offer."""
    return [(clipped(name), _short(name)) for name in publishers(typed, sources)[:MOST_CHOICES]]


def key(source: Source) -> str:
    """What a choice carries: the path, or a digest of it where that is too long."""
    return _short(source.path)


def find(typed: str, sources: Sequence[Source], words: Messages) -> str:
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
        raise QuestionError(line.format(_quotable(typed)))
    return found[0].path


def find_publisher(typed: str, sources: Sequence[Source], words: Messages) -> str:
    """The publisher meant by a choice's value or by free text. Raises QuestionError."""
    wanted = typed.strip()
    for name in _publishers(sources):
        if wanted.casefold() == name.casefold() or wanted == _short(name):
            return name
    found = publishers(wanted, sources) if wanted else []
    if len(found) != 1:
        line = words.several_publishers if found else words.no_publisher
        raise QuestionError(line.format(_quotable(typed)))
    return found[0]


def _publishers(sources: Iterable[Source]) -> list[str]:
    """Each once; names that differ in case alone are one."""
    names = {name.casefold(): name for one in sources if (name := one.metadata.publisher)}
    return [names[folded] for folded in sorted(names)]


def _alike(words: Sequence[str], sources: Sequence[Source]) -> list[Source]:
    scored = [(_likeness(words, _searched(source)), source) for source in sources]
    near = [(score, source) for score, source in scored if score >= _NEAR]
    return [source for _, source in sorted(near, key=lambda one: -one[0])]


def _likeness(words: Sequence[str], searched: str) -> float:
    """How well the worst of ``words`` is met by one in ``searched``, 0 to 100."""
    there = _WORD.findall(searched)
    return min((_nearest(word, searched, there) for word in words), default=0.0)


def _nearest(word: str, searched: str, there: Sequence[str]) -> float:
    if word in searched:
        return 100.0
    if len(word) < _SHORT:
        return 0.0
    return max((_alikeness(word, other) for other in there), default=0.0)


def _alikeness(word: str, other: str) -> float:
    """Of two words; one being typed is held against as many letters of the other."""
    started = other[: len(word)] if len(other) > len(word) + 1 else other
    return max(fuzz.ratio(word, other), fuzz.ratio(word, started))


def _searched(source: Source) -> str:
    metadata = source.metadata
    return f"{metadata.title} {metadata.publisher or ''} {source.path}".casefold()


def _name(source: Source, *, twice: bool) -> str:
    title = " ".join(source.metadata.title.split()) or source.path
    return clipped(f"{title[:60]} ({source.path[-35:]})" if twice else title)


def _short(text: str) -> str:
    return text if size(text) <= LONGEST_CHOICE else f"#{digest(text)[:24]}"


def _quotable(typed: str) -> str:
    return clipped(" ".join(typed.split()))


def clipped(text: str) -> str:
    """At most 100 units, without half a surrogate pair."""
    shown = text.encode("utf-8", "replace").decode("utf-8")
    if size(shown) <= LONGEST_CHOICE:
        return shown
    while size(shown) > LONGEST_CHOICE - 1:
        shown = shown[:-1]
    return f"{shown}…"
