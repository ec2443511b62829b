"""The one error handler: whatever goes wrong becomes one friendly line, or is let pass quietly."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import discord

from bot.config.logging import request_id, request_id_scope
from bot.services.rate_limit import RateLimited
from bot.services.search_pool import QueueFull, ShuttingDown
from bot.text.discord_markdown import escape
from bot.text.messages import Messages, counted, messages_for
from bot.ui.discord_compat import UNSENT, Reference, send_directly, send_reply
from index.errors import QuothError

log = logging.getLogger(__name__)

# Discord's codes for what is no longer there: channel, message, interaction, webhook token;
# 40060 is an interaction that was answered already.
_GONE = frozenset({10003, 10008, 10015, 10062, 40060, 50027})
_INVALID_FORM = 50035  # also: the message to reply to was deleted
_CLOSED = frozenset({50083, 160005})  # a thread that is archived or locked
_PENDING = discord.InteractionResponseType.deferred_channel_message  # "… is thinking"
_hands: set[asyncio.Task[Any]] = set()  # tasks that are answering somebody

_LATER = frozenset({429, 500, 502, 503, 504})  # discord.py waited and tried five times


@asynccontextmanager
async def handle_interaction_errors(interaction: discord.Interaction) -> AsyncIterator[None]:
    """Handle a command or a button; an error becomes a line only that member sees if possible."""
    with request_id_scope(), _in_hand():
        try:
            yield
        except Exception as error:  # noqa: BLE001 - explain() logs it
            await report_error(interaction, error)


@asynccontextmanager
async def handle_message_errors(message: discord.Message) -> AsyncIterator[None]:
    """Handle a message; an error becomes a line under it, or a direct message."""
    with request_id_scope(), _in_hand():
        try:
            yield
        except Exception as error:  # noqa: BLE001 - explain() logs it
            await _tell_author(message, error)


async def finished(seconds: float) -> bool:
    """Wait until everything in hand is answered, at most so long; whether it is."""
    hands = [hand for hand in _hands if hand is not asyncio.current_task()]
    if hands:
        await asyncio.wait(hands, timeout=seconds)
    return all(hand.done() for hand in hands)


@contextmanager
def _in_hand() -> Iterator[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - handlers are coroutines
    first = task not in _hands
    _hands.add(task)
    try:
        yield
    finally:
        if first:
            _hands.discard(task)


async def report_error(interaction: discord.Interaction, error: Exception) -> None:
    """Say what went wrong where the member looks: in the pending answer, or privately."""
    words = messages_for(interaction.locale)
    line = explain(error, words, words.forbidden_here)
    if line is None:
        return
    with suppress(*UNSENT):
        if not interaction.response.is_done():
            await interaction.response.send_message(line, ephemeral=True)
        elif interaction.response.type is _PENDING:
            await interaction.edit_original_response(content=line)
        else:
            await interaction.followup.send(line, ephemeral=True)


def explain(error: Exception, words: Messages, forbidden: str) -> str | None:
    """The line for an error; None for what is nobody's business any more. Logs what it hides."""
    if isinstance(error, discord.app_commands.CommandInvokeError):
        error = error.original  # a wrapper around what really happened
    if isinstance(error, QuothError):
        return _ours(error, words)
    if is_gone(error):
        log.info("what was to be answered is gone: %s", error)
        return None
    if is_forbidden(error):
        log.warning("not permitted: %s", error)
        return forbidden
    if isinstance(error, discord.HTTPException) and error.status in _LATER:
        log.warning("Discord took nothing, tried again to the end: %s", error)
        return words.discord_down
    identity = request_id()
    log.error("error %s", identity, exc_info=error)
    return words.broken.format(identity)


def _ours(error: QuothError, words: Messages) -> str:
    if isinstance(error, QueueFull):
        return counted(error.before, words.busy_one, words.busy)
    return words.leaving if isinstance(error, ShuttingDown) else escape(str(error))


def is_gone(error: Exception) -> bool:
    """Whether the message, channel or interaction was deleted or has expired."""
    if not isinstance(error, discord.HTTPException):
        return False
    unreplied = error.code == _INVALID_FORM and "message_reference" in error.text
    return isinstance(error, discord.NotFound) or error.code in _GONE or unreplied


def is_forbidden(error: Exception) -> bool:
    """Whether the bot lacks a permission, or the thread takes no more messages."""
    closed = isinstance(error, discord.HTTPException) and error.code in _CLOSED
    return closed or isinstance(error, discord.Forbidden)


async def _tell_author(message: discord.Message, error: Exception) -> None:
    if isinstance(error, RateLimited) and error.again:
        return  # one line is enough
    words = messages_for(message.guild.preferred_locale if message.guild else None)
    name = getattr(message.channel, "name", None)
    here = words.forbidden.format(f"#{escape(name)}") if name else words.forbidden_here
    line = explain(error, words, here)
    if line is None:
        return
    try:
        await send_reply(message.channel, Reference.to(message), line)
    except UNSENT as second:
        log.info("could not tell the author in the channel: %s", second)
        if is_forbidden(second):
            with suppress(*UNSENT):
                await send_directly(message.author, line)
