"""Every line a member reads, in one place, so that another language is another ``Words``."""

from dataclasses import dataclass
from datetime import date

import discord


@dataclass(frozen=True, slots=True)
class Words:
    """What the bot says, in English; another language overrides the fields."""

    closest: str = "These passages may not answer your question, but they come closest."
    nothing: str = (
        "I found nothing about that in the articles. Try other words, or look through `/sources`."
    )
    no_more: str = "There are no further passages for this question."
    shortened: str = "[…] marks where a quote was shortened. More context shows all of it."
    updated: str = "The articles were updated since the first page, so a passage may repeat."
    more_context: str = "More context"
    next_passages: str = "Next passages"
    previous_passages: str = "Previous passages"
    delete: str = "Delete"
    earlier: str = "Earlier"
    later: str = "Later"
    previous_page: str = "Previous page"
    next_page: str = "Next page"
    paragraph: str = "paragraph {}"
    page: str = "page {}"
    heading: str = "Paragraph {}"
    context: str = "{title}\n-# Paragraphs {first}–{last} of {total}"
    context_one: str = "{title}\n-# Paragraph {first} of {total}"
    quoted: str = "Paragraph {} · quoted"
    sources: str = "### Articles\n-# {count} · page {page} of {pages}"
    one_article: str = "1 article"
    articles: str = "{} articles"
    one_passage: str = "1 passage"
    passages: str = "{} passages"
    no_articles: str = "There are no articles yet."
    help: str = (
        "Hi! Ask me something about the articles: mention me with a question, or use `/ask`. "
        "I answer only with exact quotations."
    )
    busy_one: str = "I am busy: 1 question is before yours. Please ask again in a moment."
    busy: str = "I am busy: {} questions are before yours. Please ask again in a moment."
    gone: str = "I no longer keep this answer. Please ask again."
    changed: str = "This article has changed since I quoted it. Please ask again."
    article_gone: str = "This article is no longer among the articles. Please ask again."
    not_yours: str = "Only the member who asked, or someone who may manage messages, can delete it."
    forbidden: str = "I am not allowed to answer in {}. Please ask somebody who manages the server."
    forbidden_here: str = (
        "I am not allowed to do that here. Please tell whoever manages the server."
    )
    broken: str = "Sorry, something went wrong. Whoever runs me finds it in the log under `{}`."
    no_article: str = "There is no article “{}”. Pick one from the list, or see /sources."
    several_articles: str = "Several articles match “{}”. Pick one from the list, or see /sources."
    months: tuple[str, ...] = (
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    )


ENGLISH = Words()
_LANGUAGES: dict[str, Words] = {"en": ENGLISH}


def words_for(locale: discord.Locale | None) -> Words:
    """The words of a member's or a server's language; English where there are none."""
    return _LANGUAGES.get(str(locale or "en")[:2], ENGLISH)


def day(published: str, words: Words) -> str:
    """An ISO date as people write it; anything else as it stands."""
    try:
        found = date.fromisoformat(published[:10])
    except ValueError:
        return published
    return f"{found.day} {words.months[found.month - 1]} {found.year}"


def counted(count: int, one: str, many: str) -> str:
    """``one`` for 1, otherwise ``many`` with the number in it."""
    return one if count == 1 else many.format(count)
