"""The buttons under answers and readings: their looks and their state."""

from typing import Self

from discord import ButtonStyle

from bot.text.messages import Messages
from bot.ui.persistent import PersistentButton

_ID = "(?P<answer>[A-Za-z0-9_-]{12})"
_NUMBER = r"(?P<number>\d{1,6})"
_PAGE = r"(?P<page>-?\d{1,6})"
FOLLOW, WANTED = rf"quoth:follow:{_ID}", rf"quoth:wanted:{_ID}"  # the forms' as well


class MoreContext(PersistentButton, template=rf"quoth:more:{_ID}:{_NUMBER}"):
    """Under a quote: shows the paragraphs around it, to the member who presses."""

    @classmethod
    def of(cls, answer: str, number: int, label: str) -> Self:
        """The button for quote ``number`` of a kept answer."""
        return cls(f"quoth:more:{answer}:{number}", label)


class ReadOn(PersistentButton, template=rf"quoth:read:{_ID}:{_NUMBER}:{_PAGE}"):
    """Under paragraphs: reads on in the article, back or forth, in place."""

    @classmethod
    def of(cls, answer: str, number: int, page: int, label: str) -> Self:
        """The button for page ``page`` around quote ``number`` of a kept answer."""
        return cls(f"quoth:read:{answer}:{number}:{page}", label)


class WholeArticle(PersistentButton, template=rf"quoth:file:{_ID}:{_NUMBER}"):
    """Under paragraphs of a long article: sends it as a text file."""

    @classmethod
    def of(cls, answer: str, number: int, label: str) -> Self:
        """The button for the article of quote ``number`` of a kept answer."""
        return cls(f"quoth:file:{answer}:{number}", label)


class TurnPage(PersistentButton, template=rf"quoth:turn:{_ID}:(?P<skip>\d{{1,6}})"):
    """Under an answer: the next or the previous passages."""

    @classmethod
    def of(cls, answer: str, skip: int, label: str) -> Self:
        """The button for the passages after the best ``skip`` of a kept answer."""
        return cls(f"quoth:turn:{answer}:{skip}", label)


class FollowUp(PersistentButton, template=FOLLOW):
    """Under an answer: asks for another question, which is understood with this one."""

    @classmethod
    def of(cls, answer: str, words: Messages) -> Self:
        """The button for a kept answer."""
        return cls(f"quoth:follow:{answer}", words.follow_up)


class Share(PersistentButton, template=rf"quoth:share:{_ID}"):
    """Under a private answer: posts it in the channel."""

    @classmethod
    def of(cls, answer: str, words: Messages) -> Self:
        """The button for a kept answer."""
        return cls(f"quoth:share:{answer}", words.share, style=ButtonStyle.primary)


class CastVote(PersistentButton, template=rf"quoth:vote:{_ID}:(?P<vote>up|down)"):
    """Under an answer: 👍 or 👎."""

    @classmethod
    def of(cls, answer: str, vote: str) -> Self:
        """The button for a kept answer; ``vote`` is up or down."""
        return cls(f"quoth:vote:{answer}:{vote}", emoji={"up": "👍", "down": "👎"}[vote])


class SayWanted(PersistentButton, template=WANTED):
    """After a 👎: asks what was wanted."""

    @classmethod
    def of(cls, answer: str, words: Messages) -> Self:
        """The button for a kept answer."""
        return cls(f"quoth:wanted:{answer}", words.say_wanted)


class Delete(PersistentButton, template=rf"quoth:delete:{_ID}:(?P<asker>\d{{1,20}})"):
    """Under a public answer: deletes it, for who asked and for who may manage messages."""

    @classmethod
    def of(cls, answer: str, asker: int, label: str) -> Self:
        """The button for a kept answer that ``asker`` asked for."""
        return cls(f"quoth:delete:{answer}:{asker}", label)


BUTTONS = (
    *(MoreContext, ReadOn, WholeArticle, TurnPage, FollowUp),
    *(Share, CastVote, SayWanted, Delete),
)
