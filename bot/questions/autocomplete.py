"""Suggest articles and publishers while a member types, and resolve what was typed.

Any words of a title match it, misspelled ones too: a word that occurs nowhere is compared with
the words that do, using rapidfuzz.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from rapidfuzz import fuzz

from bot.text.discord_markdown import size
from bot.text.errors import InvalidQuestion
from bot.text.messages import Messages
from index.types import Source, digest

MAX_CHOICES = 25
MAX_CHOICE_UNITS = 100  # Discord's limit for the name and the value of a choice
_MIN_SIMILARITY = 75.0  # of 100: one typo in five letters, two in nine
_MIN_FUZZY_CHARS = 4  # shorter words must match exactly
_WORD = re.compile(r"\w+")
_DIGEST_CHARS = 24
_DIGEST = re.compile(rf"#[0-9a-f]{{{_DIGEST_CHARS}}}")

Item = TypeVar("Item")


def matching_sources(typed: str, sources: Sequence[Source]) -> list[Source]:
    """Return the articles whose title, publisher or path contains every word typed, in order.

    If there are none, return those with similar words, most similar first.
    """
    return _matches(
        typed,
        sources,
        lambda source: f"{source.metadata.title} {source.metadata.publisher or ''} {source.path}",
    )


def source_choices(typed: str, sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Return the name and value of each article to suggest; ``find_source`` reads the value."""
    matches = matching_sources(typed, sources)[:MAX_CHOICES]
    titles = [" ".join(source.metadata.title.split()) or source.path for source in matches]
    names = [
        f"{title[:60]} ({source.path[-35:]})" if titles.count(title) > 1 else title
        for title, source in zip(titles, matches, strict=True)
    ]
    return [
        (truncate_choice(name), choice_value(source.path))
        for name, source in zip(names, matches, strict=True)
    ]


def publisher_choices(typed: str, publishers: Sequence[str]) -> list[tuple[str, str]]:
    """Return the name and value of each publisher to suggest."""
    matches = _matches(typed, _unique(publishers), str)[:MAX_CHOICES]
    return [(truncate_choice(name), choice_value(name)) for name in matches]


def choice_value(name: str) -> str:
    """Return a path or publisher as the value of a choice: itself, or its digest if too long."""
    return name if size(name) <= MAX_CHOICE_UNITS else f"#{digest(name)[:_DIGEST_CHARS]}"


def is_digest(typed: str) -> bool:
    """Return whether a choice's value stands for a path or publisher that is too long."""
    return _DIGEST.fullmatch(typed) is not None


def find_source(typed: str, sources: Sequence[Source]) -> str:
    """Return the path of the article that a choice's value or free text refers to.

    Raises InvalidQuestion if no article matches, or several do.
    """
    for source in sources:
        if typed in {source.path, choice_value(source.path)}:
            return source.path
    title = typed.strip().casefold()
    matches = [source for source in sources if source.metadata.title.casefold() == title]
    paths = [source.path for source in matches or matching_sources(title, sources)]
    return _single_match(
        typed,
        paths,
        no_match=lambda messages: messages.no_article,
        several=lambda messages: messages.several_articles,
    )


def find_publisher(typed: str, publishers: Sequence[str]) -> str:
    """Return the publisher that a choice's value or free text refers to.

    Raises InvalidQuestion if no publisher matches, or several do.
    """
    names = _unique(publishers)
    for name in names:
        if typed.strip().casefold() == name.casefold() or typed.strip() == choice_value(name):
            return name
    matches = _matches(typed, names, str)
    return _single_match(
        typed,
        matches,
        no_match=lambda messages: messages.no_publisher,
        several=lambda messages: messages.several_publishers,
    )


def truncate_choice(text: str) -> str:
    """Shorten a choice to Discord's limit, without splitting a surrogate pair."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    if size(valid) <= MAX_CHOICE_UNITS:
        return valid
    units = valid.encode("utf-16-le")[: 2 * (MAX_CHOICE_UNITS - 1)]
    return f"{units.decode('utf-16-le', 'ignore')}…"


def _single_match(
    typed: str,
    matches: Sequence[str],
    no_match: Callable[[Messages], str],
    several: Callable[[Messages], str],
) -> str:
    if len(matches) == 1 and typed.strip():
        return matches[0]
    template_in = several if matches and typed.strip() else no_match
    shown = truncate_choice(" ".join(typed.split()))
    raise InvalidQuestion(lambda messages: template_in(messages).format(shown))


def _unique(publishers: Iterable[str]) -> list[str]:
    """Return the publishers in alphabetical order, merging names that differ only in case."""
    names = {name.casefold(): name for name in publishers}
    return [names[folded] for folded in sorted(names)]


def _matches(typed: str, items: Sequence[Item], text_of: Callable[[Item], str]) -> list[Item]:
    """Return the items whose text has every word typed or, without any, similar words."""
    words = typed.casefold().split()
    texts = [(item, text_of(item).casefold()) for item in items]
    exact = [item for item, text in texts if all(word in text for word in words)]
    if exact:
        return exact
    scores = [(item, _similarity(words, text)) for item, text in texts]
    similar = [pair for pair in scores if pair[1] >= _MIN_SIMILARITY]
    return [item for item, _ in sorted(similar, key=lambda pair: -pair[1])]


def _similarity(words: Sequence[str], text: str) -> float:
    """Return how well the worst-matching word of ``words`` matches ``text``, from 0 to 100."""
    candidates = _WORD.findall(text)
    return min(
        100.0
        if word in text
        else max((_fuzzy_ratio(word, candidate) for candidate in candidates), default=0.0)
        for word in words
    )


def _fuzzy_ratio(word: str, candidate: str) -> float:
    """Compare two words; a word still being typed also with as many letters of the other."""
    if len(word) < _MIN_FUZZY_CHARS:
        return 0.0
    prefix = candidate[: len(word)] if len(candidate) > len(word) + 1 else candidate
    return max(fuzz.ratio(word, candidate), fuzz.ratio(word, prefix))
