"""Buttons under answers and context pages, and the state that their custom_ids carry.

Build one with ``create``, which takes the state in the order of the template.
"""

from bot.ui.persistent import PersistentButton

_ANSWER = "(?P<answer>[A-Za-z0-9_-]{12})"
_NUMBER = r"(?P<number>\d{1,6})"  # of a quote
_PAGE = r"(?P<page>-?\d{1,6})"
# Forms have the same custom_ids as the buttons that open them.
FOLLOW_UP_TEMPLATE = f"quoth:follow:{_ANSWER}"
FEEDBACK_TEMPLATE = f"quoth:wanted:{_ANSWER}"


class MoreContextButton(PersistentButton, template=f"quoth:more:{_ANSWER}:{_NUMBER}"):
    """Under a quote: shows the paragraphs around it privately."""


class ContextPageButton(PersistentButton, template=f"quoth:read:{_ANSWER}:{_NUMBER}:{_PAGE}"):
    """Under a context page: turns to another page in place."""


class WholeArticleButton(PersistentButton, template=f"quoth:file:{_ANSWER}:{_NUMBER}"):
    """Under a context page: sends the article as a text file."""


class AnswerPageButton(PersistentButton, template=rf"quoth:turn:{_ANSWER}:(?P<skip>\d{{1,6}})"):
    """Under an answer: shows the passages after the best ``skip``."""


class FollowUpButton(PersistentButton, template=FOLLOW_UP_TEMPLATE):
    """Under an answer: opens the form for a follow-up question."""


class ShareButton(PersistentButton, template=f"quoth:share:{_ANSWER}"):
    """Under a private answer: posts it in the channel."""


class VoteButton(PersistentButton, template=f"quoth:vote:{_ANSWER}:(?P<vote>up|down)"):
    """Under an answer: 👍 or 👎."""


class FeedbackButton(PersistentButton, template=FEEDBACK_TEMPLATE):
    """After a 👎: opens the form for a comment."""


class AskAgainButton(PersistentButton, template=f"quoth:again:{_ANSWER}"):
    """Under an answer whose article changed: asks its question again."""


class AskPersonButton(PersistentButton, template=f"quoth:person:{_ANSWER}"):
    """Under an answer that is not enough: hands the question to people."""


class TellMeButton(PersistentButton, template=f"quoth:tell:{_ANSWER}"):
    """After that: subscribes to the answer, or unsubscribes."""


class DeleteButton(PersistentButton, template=rf"quoth:delete:{_ANSWER}:(?P<asker>\d{{1,20}})"):
    """Under a public answer: deletes it, for its asker and members who may manage messages."""
