"""Every line a member reads, in one place, so that another language is another ``Words``."""

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import discord

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Messages:
    """What the bot says, in English; another language overrides the fields."""

    closest: str = "These passages may not answer your question, but they come closest."
    nothing: str = (
        "I found nothing about that in the articles. Try other words, or look through `/sources`."
    )
    no_question: str = "There is no question in that. Ask me one in words."
    too_long: str = "That is {found} characters, and {wanted} is the most. Please ask it in fewer."
    no_words: str = "There are no words in that. Ask me something about the articles."
    other_script: str = (
        "None of my articles is written in that script. Ask me in a language of the articles."
    )
    one_word: str = "One word is a topic. Ask me a whole question for an answer."
    text: str = "That is a text rather than a question. Ask me in one sentence."
    nothing_closest: str = "I found nothing about that. The closest articles I have:"
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
    also: str = "Also in {}"
    also_more: str = "and {} more"
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
        "I answer only with exact quotations. `/help` says what else there is."
    )
    busy_one: str = "I am busy: 1 question is before yours. Please ask again in a moment."
    busy: str = "I am busy: {} questions are before yours. Please ask again in a moment."
    leaving: str = "I am being restarted. Please ask again in a minute."
    too_soon_one: str = "One moment, please: you can ask again in 1 second."
    too_soon: str = "One moment, please: you can ask again in {} seconds."
    gone: str = "I no longer keep this answer. Please ask again."
    changed: str = "This article has changed since I quoted it. Please ask again."
    article_gone: str = "This article is no longer among the articles. Please ask again."
    unknown: str = "This is from another version of me, and I no longer know it. Please ask again."
    not_yours: str = "Only the member who asked, or someone who may manage messages, can delete it."
    forbidden: str = "I am not allowed to answer in {}. Please ask somebody who manages the server."
    forbidden_here: str = (
        "I am not allowed to do that here. Please tell whoever manages the server."
    )
    broken: str = "Sorry, something went wrong. Whoever runs me finds it in the log under `{}`."
    discord_down: str = "Discord did not take my answer just now. Please try again in a moment."
    no_article: str = "There is no article “{}”. Pick one from the list, or see /sources."
    several_articles: str = "Several articles match “{}”. Pick one from the list, or see /sources."
    # Filters of a question.
    no_publisher: str = "I know no publisher “{}”. Pick one from the list."
    several_publishers: str = "Several publishers match “{}”. Pick one from the list."
    no_date: str = (
        "I do not understand the date “{}”. Write a year (2019), a month (March 2024), a day "
        "(2024-03-01), or “last year” or “3 months ago”."
    )
    none_since: str = "None of the articles that may answer here is from {} or later."
    only_since: str = "since {}"
    limited: str = "Only {}"

    # Follow-ups, sharing, votes.
    understood: str = "I took this as: “{}”"
    follow_up: str = "Follow-up"
    follow_up_title: str = "Ask a follow-up"
    follow_up_label: str = "Your question"
    follow_up_hint: str = "What about …?  ·  Why?  ·  When did they …?"
    follow_up_how: str = (
        "I cannot read replies to an answer of a command. Press **Follow-up** under it, or mention "
        "me with your question."
    )
    share: str = "Share"
    shared: str = "Shared"
    shared_by: str = "Shared by {}"
    shared_already: str = "This answer was shared already."
    may_not_share: str = "You may not write in this channel, so I do not write here for you."
    asked_by: str = "Asked by {}"
    voted_up: str = "Thank you! Noted as helpful. Press 👍 again to take it back."
    voted_down: str = (
        "Thank you for telling me. Press 👎 again to take it back. What did you want to find?"
    )
    vote_gone: str = "Your vote is taken back."
    say_wanted: str = "Say what you wanted"
    wanted_title: str = "What did you want to find?"
    wanted_label: str = "Whoever looks after the articles reads this"
    wanted_noted: str = (
        "Thank you! Whoever looks after the articles will see it, without your name."
    )
    found_nothing_to_search: str = "There is no text in this message that I could search for."

    # Articles.
    browse: str = "Read"
    browse_number: str = "Read {}"
    whole_article: str = "Whole article"
    whole_file: str = "**{}**: the whole article, word for word as I quote from it."
    too_large: str = "This article is too large for Discord to take as a file."
    no_search_result: str = "No article has “{}” in its title, publisher or file name."
    searched: str = "### Articles with “{search}”\n-# {count} · page {page} of {pages}"

    # Help and privacy.
    help_title: str = "### What you can do here"
    help_curators: str = "### For whoever looks after the articles"
    help_mention: str = (
        "Or mention me with a question, or reply to one of my answers; I reply in the channel."
    )
    help_mention_dm: str = "Or just write me your question."
    help_message_command: str = "On any message: **Apps → {}**"
    privacy: str = (
        "### What I keep\n"
        "**Questions and answers:** the text of a question and where its quotations stand, so that "
        "the buttons work.\n"
        "**Questions without an answer, and 👎:** the text, the channel and what you said you "
        "wanted, so that whoever looks after the articles can add what is missing. The channel of "
        "a private answer is not kept.\n"
        "**Votes:** one for each member and answer.\n"
        "**Counts:** how often I was asked and with what result, without the text.\n"
        "All of it is deleted after {days} days.\n\n"
        "**Not your name and not your id.** Beside what is yours I keep a code, made from your id "
        "and the answer with a key that whoever runs me holds. It lets you change a vote and have "
        "all of it deleted, and tells nobody who you are.\n\n"
        "I read only messages that are for me: mentions, replies that ping me, direct messages, "
        "and messages you use **{find}** on. Everything runs on the machine of whoever runs "
        "me; your questions go to no other service. When I am removed from a server, what I keep "
        "of it is deleted after {stay} days."
    )
    forget_me: str = "Delete what is mine"
    forgotten: str = "Done. I deleted {}. The buttons under those answers no longer work."
    forgotten_nothing: str = "There is nothing of yours to delete."
    one_question: str = "1 question with its answer"
    questions: str = "{} questions with their answers"
    one_miss: str = "1 question without an answer"
    misses: str = "{} questions without an answer"
    one_vote: str = "1 vote"
    votes: str = "{} votes"

    date: str = "{day} {month} {year}"
    months: tuple[str, ...] = (
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    )


ENGLISH = Messages()
LANGUAGES = ("de", "es")  # beside English
Wording = TypeVar("Wording")


def messages_for(locale: discord.Locale | None) -> Messages:
    """The words of a member's or a server's language; English where there are none."""
    return in_language(Messages, "words", locale)


def in_language(kind: type[Wording], section: str, locale: discord.Locale | None) -> Wording:
    """``kind``, a dataclass of English texts, in a language; what it lacks stays English.

    The texts stand in ``bot/lang/SECTION.LANGUAGE.json``.
    """
    language = str(locale or "en")[:2]
    texts = translations(section, language) if language in LANGUAGES else {}
    return kind(**{name: tuple(t) if isinstance(t, list) else t for name, t in texts.items()})


@cache
def translations(section: str, language: str) -> dict[str, Any]:
    """A section's texts in a language by their names; none in English, which stands in the code."""
    file = files("bot.text").joinpath("lang", f"{section}.{language}.json")
    texts: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return texts


def day(published: str, words: Messages) -> str:
    """An ISO date as people write it; anything else, a year above all, as it stands."""
    if found := _MONTH.fullmatch(published):
        return f"{words.months[int(found[2]) - 1]} {found[1]}"
    try:
        found_day = date.fromisoformat(published[:10])
    except ValueError:
        return published
    return words.date.format(
        day=found_day.day, month=words.months[found_day.month - 1], year=found_day.year
    )


def counted(count: int, one: str, many: str) -> str:
    """``one`` for 1, otherwise ``many`` with the number in it."""
    return one if count == 1 else many.format(count)
