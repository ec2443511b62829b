"""Read the text of a Discord message that is to be searched for."""

import re
from collections.abc import Iterator
from typing import Any

import discord

_MENTION_OR_EMOJI = re.compile(r"<(?:@[!&]?|#)\d+>|<a?:\w+:\d+>")
_MENTION = re.compile(r"<([@#])[!&]?\d+>")
_EMOJI_NAME = re.compile(r"<a?:(\w+):\d+>")
_CUSTOM_EMOJI = re.compile(r"<a?:\w+:\d+>")
_MAX_QUERY_CHARS = 1000
_MIN_KEPT_SHARE = 0.8  # of the query, when it is cut at a word's end


def text_of(message: discord.Message) -> str:
    """Return the text of a message, of the message it forwards, or else of its other parts.

    Mentions and custom emoji are left out, and a long text is cut.
    """
    return truncate_query(" ".join(whole_text_of(message).split()))


def whole_text_of(message: discord.Message) -> str:
    """Return the text as ``text_of`` does, but with its lines and however long it is."""
    written = [message.content, *(snapshot.content for snapshot in _snapshots(message))]
    parts = (part for each in (message, *_snapshots(message)) for part in _other_texts(each))
    text = "\n".join(written).strip() or "\n".join(parts)
    return _MENTION_OR_EMOJI.sub(" ", text)


def is_forward(message: discord.Message) -> bool:
    """Tell whether a message forwards another, whose author Discord does not name."""
    return bool(_snapshots(message))


def quotable_text_of(message: discord.Message) -> str:
    """Return the whole text of a message in paragraphs, with its markdown.

    Mentions lose their names and ids: the people did not write the message.
    """
    written = [message.content, *(snapshot.content for snapshot in _snapshots(message))]
    parts = (part for each in (message, *_snapshots(message)) for part in _other_texts(each))
    text = "\n\n".join(filter(None, written)).strip() or "\n\n".join(parts)
    return without_mentions(text).strip()


def without_mentions(text: str) -> str:
    """Replace the ids in mentions by "…", and custom emoji by their names."""
    return _EMOJI_NAME.sub(r":\1:", _MENTION.sub(r"\1…", text))


def forwarded_text_of(message: discord.Message) -> str:
    """Return the text of the message that ``message`` forwards, or an empty string."""
    return text_of(message) if _snapshots(message) else ""


def plain_line(text: str) -> str:
    """Return a text on one line, without mentions and custom emoji."""
    return " ".join(_MENTION_OR_EMOJI.sub(" ", text).split())


def with_plain_emoji(text: str) -> str:
    """Replace custom emoji by one of Unicode, so that they count as emoji."""
    return _CUSTOM_EMOJI.sub("🙂", text)


def truncate_query(text: str) -> str:
    """Cut a long text at the end of a word, or anywhere if it is written without spaces."""
    if len(text) <= _MAX_QUERY_CHARS:
        return text
    cut = text[:_MAX_QUERY_CHARS]
    words = cut.rpartition(" ")[0]
    return words if len(words) >= _MIN_KEPT_SHARE * len(cut) else cut


def _snapshots(message: discord.Message) -> list[Any]:
    return list(getattr(message, "message_snapshots", ()))  # unset in partial messages


def _other_texts(message: Any) -> Iterator[str]:
    """Yield the texts of embeds, of a poll's question, and of components."""
    for embed in message.embeds:
        yield from _embed_texts(embed)
    if poll := getattr(message, "poll", None):
        yield str(poll.question)
    yield from _component_texts(message.components)


def _component_texts(components: Any) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        yield from _component_texts(getattr(component, "children", ()))


def _embed_texts(embed: discord.Embed) -> Iterator[str]:
    yield from filter(None, (embed.title, embed.description))
    for field in embed.fields:
        yield from filter(None, (field.name, field.value))
