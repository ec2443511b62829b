"""Errors that members read in their language."""

from collections.abc import Callable

from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH, Messages
from index.errors import QuestionError, QuothError


class MemberError(QuothError):
    """An error that is translated when it is shown; ``str(error)`` is English, for logs.

    ``text_in`` is given the texts in the member's language, and returns the one to show.
    """

    def __init__(self, text_in: Callable[[Messages], str]) -> None:
        super().__init__(text_in(ENGLISH))
        self.text_in = text_in


class InvalidQuestion(MemberError, QuestionError):
    """A question, or one of its filters, as a member typed it, cannot be searched for."""


class CuratorError(MemberError):
    """The same with a text for curators."""

    def __init__(self, text_in: Callable[[CuratorMessages], str]) -> None:
        super().__init__(lambda messages: text_in(CuratorMessages(messages.catalogue)))
