"""Remember the public messages that show quotations."""

from bot.services.answers import AnswerPage
from bot.storage.database import ignore_storage_errors
from bot.storage.shown_answers import ShownAnswer, ShownQuote, now
from bot.text.messages import Messages
from bot.ui.answer_view import AnswerFrame, quoted_slices
from bot.ui.base_client import QuothClient


async def remember_shown(
    client: QuothClient,
    page: AnswerPage,
    messages: Messages,
    frame: AnswerFrame,
    place: tuple[int | None, int, int],
) -> None:
    """Remember a message with an answer; ``place`` is its server, its channel and its id."""
    guild, channel, message = place
    if guild is None:
        return
    pool = client.answers.pool
    is_current = page.answer.snapshot == pool.snapshot
    digests = {source.path: source.digest for source in pool.sources} if is_current else {}
    quotes = tuple(
        ShownQuote(number, path, digests.get(path, ""), text)
        for number, path, text in quoted_slices(page, messages, frame)
    )
    shown = ShownAnswer(page.id, guild, channel, message, now(), quotes)
    with ignore_storage_errors("where an answer is shown"):
        await client.living_citations.remember(shown, page.answer.snapshot)
