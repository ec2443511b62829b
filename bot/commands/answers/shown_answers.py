"""Remember the public messages that show quotations."""

from contextlib import suppress

from bot.services.answers import AnswerPage
from bot.storage.shown_answers import ShownAnswer, ShownQuote, now
from bot.storage.store import ignore_storage_errors
from bot.text.messages import Messages
from bot.ui.answers.answer_view import AnswerFrame, quoted_slices
from bot.ui.base_client import QuothClient
from index.errors import QuothError
from index.searcher import Searcher


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
    slices = [*quoted_slices(page, messages, frame)]
    paths = {path for _, path, _ in slices}

    def read_digests(searcher: Searcher) -> dict[str, str]:
        is_current = page.answer.snapshot == searcher.snapshot
        found = map(searcher.opened.source, paths) if is_current else ()
        return {source.path: source.digest for source in found if source is not None}

    digests: dict[str, str] = {}
    with suppress(QuothError):  # the quotations are then compared word for word
        digests = await client.answers.pool.run(read_digests)
    quotes = tuple(
        ShownQuote(number, path, digests.get(path, ""), text) for number, path, text in slices
    )
    shown = ShownAnswer(page.id, guild, channel, message, now(), quotes)
    with ignore_storage_errors("where an answer is shown"):
        await client.changed_quotes.remember(shown, page.answer.snapshot)
