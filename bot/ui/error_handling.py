"""Handle every error of a command, button or message: reply with one friendly line, or log it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any

import discord

from bot.config.logging import request_id, request_id_scope
from bot.services.rate_limit import RateLimited
from bot.services.search_pool import QueueFull, ShuttingDown
from bot.text.discord_markdown import escape
from bot.text.messages import Messages, messages_for
from bot.ui.discord_compat import SEND_ERRORS, Reference, send_directly, send_reply
from index.errors import QuothError

log = logging.getLogger(__name__)

# Error codes for an unknown channel, message, interaction or webhook token, an interaction that
# was already acknowledged, and an invalid webhook token.
_GONE_CODES = frozenset({10003, 10008, 10015, 10062, 40060, 50027})
_INVALID_FORM_BODY = 50035  # among others: the message to reply to was deleted
_CLOSED_THREAD_CODES = frozenset({50083, 160005})  # archived or locked
_THINKING = discord.InteractionResponseType.deferred_channel_message
_TEMPORARY_STATUSES = frozenset({429, 500, 502, 503, 504})  # discord.py has tried five times

ErrorHandler = AbstractAsyncContextManager[None]

_in_flight: set[asyncio.Task[Any]] = set()  # tasks that handle an interaction or a message


def handle_interaction_errors(interaction: discord.Interaction[Any]) -> ErrorHandler:
    """Handle an interaction, and report an error to the member, privately if possible."""
    return _handle_errors(partial(report_error, interaction))


def handle_message_errors(message: discord.Message) -> ErrorHandler:
    """Handle a message, and report an error as a reply or a direct message."""
    return _handle_errors(partial(_report_to_author, message))


@asynccontextmanager
async def _handle_errors(report: Callable[[Exception], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - handlers are coroutines
    outermost = task not in _in_flight
    _in_flight.add(task)
    with request_id_scope():
        try:
            yield
        except Exception as error:  # noqa: BLE001 - error_line() logs it
            await report(error)
        finally:
            if outermost:
                _in_flight.discard(task)


async def wait_for_in_flight(timeout_seconds: float) -> bool:
    """Wait until all requests in flight are handled; False if some are not by the timeout."""
    tasks = [task for task in _in_flight if task is not asyncio.current_task()]
    if tasks:
        await asyncio.wait(tasks, timeout=timeout_seconds)
    return all(task.done() for task in tasks)


async def report_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Report an error in the pending response if there is one, otherwise privately."""
    messages = messages_for(interaction.locale)
    line = error_line(error, messages, messages.missing_permission)
    if line is None:
        return
    with suppress(*SEND_ERRORS):
        if not interaction.response.is_done():
            await interaction.response.send_message(line, ephemeral=True)
        elif interaction.response.type is _THINKING:
            await interaction.edit_original_response(content=line)
        else:
            await interaction.followup.send(line, ephemeral=True)


def error_line(error: Exception, messages: Messages, forbidden: str) -> str | None:
    """Return the line for an error, or None if nobody needs to know. Log unexpected errors.

    ``forbidden`` is the line for a missing permission.
    """
    if isinstance(error, discord.app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, QuothError):
        return _expected_error_line(error, messages)
    if is_gone(error):
        log.info("nothing left to reply to: %s", error)
        return None
    if is_forbidden(error):
        log.warning("missing permission: %s", error)
        return forbidden
    if isinstance(error, discord.HTTPException) and error.status in _TEMPORARY_STATUSES:
        log.warning("Discord failed after all retries: %s", error)
        return messages.discord_rejected
    log.error("error %s", request_id(), exc_info=error)
    return messages.internal_error.format(request_id())


def _expected_error_line(error: QuothError, messages: Messages) -> str:
    if isinstance(error, QueueFull):
        return messages.busy(error.ahead)
    return messages.restarting if isinstance(error, ShuttingDown) else escape(str(error))


def is_gone(error: Exception) -> bool:
    """Return whether the message, channel or interaction was deleted or has expired."""
    if not isinstance(error, discord.HTTPException):
        return False
    reply_target_gone = error.code == _INVALID_FORM_BODY and "message_reference" in error.text
    return isinstance(error, discord.NotFound) or error.code in _GONE_CODES or reply_target_gone


def is_forbidden(error: Exception) -> bool:
    """Return whether the bot lacks a permission, or the thread is closed."""
    closed = isinstance(error, discord.HTTPException) and error.code in _CLOSED_THREAD_CODES
    return closed or isinstance(error, discord.Forbidden)


async def _report_to_author(message: discord.Message, error: Exception) -> None:
    if isinstance(error, RateLimited) and error.already_told:
        return
    messages = messages_for(message.guild.preferred_locale if message.guild else None)
    name = getattr(message.channel, "name", None)
    forbidden = messages.missing_permission
    if name:
        forbidden = messages.cannot_answer_in.format(f"#{escape(name)}")
    line = error_line(error, messages, forbidden)
    if line is None:
        return
    try:
        await send_reply(message.channel, Reference.to(message), line)
    except SEND_ERRORS as send_error:
        log.info("could not report an error in the channel: %s", send_error)
        if is_forbidden(send_error):
            with suppress(*SEND_ERRORS):
                await send_directly(message.author, line)
