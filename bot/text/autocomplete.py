"""Suggest articles and publishers while a member types, and resolve what was typed.

Any words of a title match it, misspelled ones too: a word that occurs nowhere is compared with
the words that do, using rapidfuzz.
"""

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from bot.text.discord_markdown import size
from bot.text.messages import Messages
from index.errors import QuestionError
from index.types import Source, digest

MAX_CHOICES = 25
MAX_CHOICE_UNITS = 100  # Discord's limit for the name and the value of a choice
_MIN_SIMILARITY = 75.0  # of 100: one typo in five letters, two in nine
_MIN_FUZZY_CHARS = 4  # shorter words must match exactly
_WORD = re.compile(r"\w+")


def matching_sources(typed: str, sources: Sequence[Source]) -> list[Source]:
    """Return the articles whose title, publisher or path contains every word typed, in order.

    If there are none, return those with similar words, most similar first.
    """
    words = typed.casefold().split()
    texts = [_searchable_text(source) for source in sources]
    exact = [
        source
        for source, text in zip(sources, texts, strict=True)
        if all(word in text for word in words)
    ]
    if exact:
        return exact
    scores = [
        (_similarity(words, text), source) for source, text in zip(sources, texts, strict=True)
    ]
    similar = [(score, source) for score, source in scores if score >= _MIN_SIMILARITY]
    return [source for _, source in sorted(similar, key=lambda scored: -scored[0])]


def source_choices(typed: str, sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Return the name and value of each article to suggest; ``find_source`` reads the value."""
    matches = matching_sources(typed, sources)[:MAX_CHOICES]
    titles = [source.metadata.title for source in matches]
    return [
        (
            _choice_name(source, with_path=titles.count(source.metadata.title) > 1),
            choice_value(source.path),
        )
        for source in matches
    ]


def publisher_choices(typed: str, sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Return the name and value of each publisher to suggest."""
    matches = _matching_publishers(typed, sources)[:MAX_CHOICES]
    return [(truncate_choice(name), choice_value(name)) for name in matches]


def choice_value(name: str) -> str:
    """Return a path or publisher as the value of a choice: itself, or its digest if too long."""
    return name if size(name) <= MAX_CHOICE_UNITS else f"#{digest(name)[:24]}"


def find_source(typed: str, sources: Sequence[Source], messages: Messages) -> str:
    """Return the path of the article that a choice's value or free text refers to.

    Raises QuestionError if no article matches, or several do.
    """
    for source in sources:
        if typed in {source.path, choice_value(source.path)}:
            return source.path
    title = typed.strip().casefold()
    matches = [source for source in sources if source.metadata.title.casefold() == title]
    if not matches and title:
        matches = matching_sources(typed, sources)
    if len(matches) != 1:
        template = messages.several_articles if matches else messages.no_article
        raise QuestionError(template.format(truncate_choice(" ".join(typed.split()))))
    return matches[0].path


def find_publisher(typed: str, sources: Sequence[Source], messages: Messages) -> str:
    """Return the publisher that a choice's value or free text refers to.

    Raises QuestionError if no publisher matches, or several do.
    """
    wanted = typed.strip()
    for name in _unique_publishers(sources):
        if wanted.casefold() == name.casefold() or wanted == choice_value(name):
            return name
    matches = _matching_publishers(wanted, sources) if wanted else []
    if len(matches) != 1:
        template = messages.several_publishers if matches else messages.no_publisher
        raise QuestionError(template.format(truncate_choice(" ".join(typed.split()))))
    return matches[0]


def truncate_choice(text: str) -> str:
    """Shorten a choice to Discord's limit, without splitting a surrogate pair."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    if size(valid) <= MAX_CHOICE_UNITS:
        return valid
    while size(valid) > MAX_CHOICE_UNITS - 1:
        valid = valid[:-1]
    return f"{valid}…"


def _matching_publishers(typed: str, sources: Sequence[Source]) -> list[str]:
    """Return the publishers with every word typed or, without any, with similar words."""
    names = _unique_publishers(sources)
    words = typed.casefold().split()
    exact = [name for name in names if all(word in name.casefold() for word in words)]
    return exact or [
        name for name in names if _similarity(words, name.casefold()) >= _MIN_SIMILARITY
    ]


def _unique_publishers(sources: Iterable[Source]) -> list[str]:
    """Return the publishers in alphabetical order, merging names that differ only in case."""
    names = {name.casefold(): name for source in sources if (name := source.metadata.publisher)}
    return [names[folded] for folded in sorted(names)]


def _similarity(words: Sequence[str], text: str) -> float:
    """Return how well the worst-matching word of ``words`` matches ``text``, from 0 to 100."""
    candidates = _WORD.findall(text)
    return min((_word_similarity(word, text, candidates) for word in words), default=0.0)


def _word_similarity(word: str, text: str, candidates: Sequence[str]) -> float:
    if word in text:
        return 100.0
    if len(word) < _MIN_FUZZY_CHARS:
        return 0.0
    return max((_fuzzy_ratio(word, candidate) for candidate in candidates), default=0.0)


def _fuzzy_ratio(word: str, candidate: str) -> float:
    """Compare two words; a word still being typed also with as many letters of the other."""
    prefix = candidate[: len(word)] if len(candidate) > len(word) + 1 else candidate
    return max(fuzz.ratio(word, candidate), fuzz.ratio(word, prefix))


def _searchable_text(source: Source) -> str:
    metadata = source.metadata
    return f"{metadata.title} {metadata.publisher or ''} {source.path}".casefold()


def _choice_name(source: Source, *, with_path: bool) -> str:
    title = " ".join(source.metadata.title.split()) or source.path
    return truncate_choice(f"{title[:60]} ({source.path[-35:]})" if with_path else title)
