"""Handle every error of a command, button or message: reply with one friendly line, or log it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import Any

import discord
from discord import ui

from bot.config.logging import request_id, request_id_scope
from bot.services.rate_limit import RateLimited
from bot.services.search_pool import QueueFull
from bot.storage.errors import StoreError, StoreProblem, store_problem
from bot.text.discord_markdown import escape, size
from bot.text.errors import MemberError
from bot.text.messages import Messages, messages_for
from bot.text.redact import redact
from bot.text.truncate import shorten
from bot.ui.container import is_shown
from bot.ui.deferral import is_deferred_early, respond_privately
from bot.ui.transport.discord_compat import SEND_ERRORS, Reference, react, send_directly, send_reply
from bot.ui.transport.reliable_http import is_second_response, is_temporary
from index.errors import QuothError, StorageUnavailable

log = logging.getLogger(__name__)

# Error codes for an unknown channel, message, webhook and interaction, and an invalid token of one.
_GONE_CODES = frozenset({10003, 10008, 10015, 10062, 50027})
_INVALID_FORM_BODY = 50035  # among others: a message to reply to was deleted, text beside a layout
_CLOSED_THREAD_CODES = frozenset({50083, 160005})  # archived or locked
# Explicit content, a text or a title that AutoMod blocks, and a link that Discord holds harmful.
_FILTERED_CODES = frozenset({20009, 200000, 200001, 240000})
_THINKING = discord.InteractionResponseType.deferred_channel_message
_MAX_ERROR_UNITS = 1000  # an error may repeat what a member typed; Discord accepts 2000
UNKNOWN_MESSAGE = 10008  # error code; a channel that was deleted has another one
_UNKNOWN_COMMAND = (
    discord.app_commands.CommandNotFound,
    discord.app_commands.CommandSignatureMismatch,
)
_BUSY_EMOJI = "⏳"
_FAILED_EMOJI = "⚠️"

ErrorHandler = AbstractAsyncContextManager[None]

_in_flight: set[asyncio.Task[Any]] = set()  # tasks that handle an interaction or a message


def handle_interaction_errors(interaction: discord.Interaction[Any]) -> ErrorHandler:
    """Handle an interaction, and report an error to the member, privately if possible."""
    return _handle_errors(partial(report_error, interaction))


def handle_message_errors(
    message: discord.Message, earlier: discord.Message | None = None
) -> ErrorHandler:
    """Handle a message, and report an error as a reply or a direct message.

    ``earlier`` is the reply to the message before it was edited; the error replaces it.
    """
    if earlier is not None:
        return _handle_errors(partial(_report_in_place, message, earlier))
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


def cancel_in_flight() -> None:
    """Abandon the requests in flight; questions among them are answered after the next start."""
    for task in _in_flight:
        task.cancel()


async def report_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Report an error in the pending response if nothing is shown there yet, otherwise privately.

    While a member is still typing, only commands of another version fail; nothing is shown then.
    """
    if interaction.type is discord.InteractionType.autocomplete:
        log.info("no suggestions: %s", error)
        return
    messages = messages_for(interaction.locale)
    line = error_line(error, messages, messages.missing_permission)
    if line is None:
        return
    try:
        await _respond(interaction, line)
    except SEND_ERRORS as send_error:
        log.info("could not report an error in a response: %s", send_error)
        with suppress(*SEND_ERRORS):
            await send_directly(interaction.user, line)


async def _respond(interaction: discord.Interaction[Any], line: str) -> None:
    if not interaction.response.is_done():
        await interaction.response.send_message(line, ephemeral=True)
    elif is_deferred_early(interaction):
        await respond_privately(interaction, content=line)
    elif interaction.response.type is _THINKING and not is_shown(interaction):
        await _replace_thinking(interaction, line)
    else:
        await interaction.followup.send(line, ephemeral=True)


async def _replace_thinking(interaction: discord.Interaction[Any], line: str) -> None:
    """Show a line in the pending response, unless an edit that seemed to fail has shown an answer.

    Discord refuses text in place of layout components.
    """
    try:
        await interaction.edit_original_response(content=line)
    except discord.HTTPException as error:
        if error.code != _INVALID_FORM_BODY:
            raise
        log.info("a response shows an answer already: %s", error)


def error_line(error: Exception, messages: Messages, forbidden: str) -> str | None:
    """Return the line for an error, or None if nobody needs to know. Log unexpected errors.

    ``forbidden`` is the line for a missing permission.
    """
    if isinstance(error, discord.app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, QuothError):
        return _expected_error_line(error, messages)
    if problem := store_problem(error):
        log.error("the store failed: %s; run `quoth doctor`", error)
        return _store_line(problem, messages)
    if is_gone(error) or is_second_response(error):
        log.info("nothing left to reply to: %s", error)
        return None
    if line := _discord_line(error, messages, forbidden):
        log.warning("not answered: %r", error)
        return line
    log.error("error %s", request_id(), exc_info=error)
    return messages.internal_error.format(request_id())


def _discord_line(error: Exception, messages: Messages, forbidden: str) -> str:
    """Return the line for an error between Discord and the bot, or an empty one for others."""
    if isinstance(error, _UNKNOWN_COMMAND):
        return messages.unknown_command
    if isinstance(error, discord.HTTPException) and error.code in _FILTERED_CODES:
        return messages.discord_filtered
    if is_forbidden(error):
        return forbidden
    return messages.discord_rejected if _is_temporary(error) else ""


def _store_line(problem: StoreProblem, messages: Messages) -> str:
    return {
        StoreProblem.FULL: messages.store_full,
        StoreProblem.READ_ONLY: messages.store_read_only,
        StoreProblem.LOCKED: messages.store_locked,
        StoreProblem.UNREADABLE: messages.store_unreadable,
        StoreProblem.UNREACHABLE: messages.store_unreachable,
    }[problem]


def _expected_error_line(error: QuothError, messages: Messages) -> str:
    if isinstance(error, StoreError):
        log.error("%s", error)
        return messages.store_unreadable
    if isinstance(error, StorageUnavailable):
        log.error("%s", error)
        return messages.articles_unreachable
    text = redact(error.text_in(messages) if isinstance(error, MemberError) else str(error))
    line = escape(text)
    return line if size(line) <= _MAX_ERROR_UNITS else shorten(text, _MAX_ERROR_UNITS)


def is_gone(error: Exception) -> bool:
    """Return whether the message, channel or interaction was deleted or has expired."""
    if not isinstance(error, discord.HTTPException):
        return False
    known_code = error.code in _GONE_CODES
    return isinstance(error, discord.NotFound) or known_code or is_reply_target_gone(error)


def is_reply_target_gone(error: discord.HTTPException) -> bool:
    """Return whether the message to reply to was deleted."""
    invalid_reference = error.code == _INVALID_FORM_BODY and "message_reference" in error.text
    return invalid_reference or error.code == UNKNOWN_MESSAGE


def is_token_expired(error: discord.HTTPException) -> bool:
    """Return whether a response can no longer be edited, although nobody deleted it."""
    return error.status in {401, 404} and error.code != UNKNOWN_MESSAGE


def _is_temporary(error: Exception) -> bool:
    if isinstance(error, discord.HTTPException):  # a 401 ends the process through the gateway
        return is_temporary(error) or error.status == 401
    return isinstance(error, SEND_ERRORS)


def is_forbidden(error: Exception) -> bool:
    """Return whether the bot lacks a permission, or the thread is closed."""
    closed = isinstance(error, discord.HTTPException) and error.code in _CLOSED_THREAD_CODES
    return closed or isinstance(error, discord.Forbidden)


async def _report_to_author(message: discord.Message, error: Exception) -> None:
    if isinstance(error, RateLimited) and error.already_told:
        return
    if isinstance(error, QueueFull) and await react(message, _BUSY_EMOJI):
        return
    line = _line_for_author(message, error)
    if line is not None and not await _tell(message, line):
        await react(message, _FAILED_EMOJI)


async def _report_in_place(
    message: discord.Message, earlier: discord.Message, error: Exception
) -> None:
    line = _line_for_author(message, error)
    if line is None:
        return
    view = ui.LayoutView(timeout=None).add_item(ui.TextDisplay(line))
    try:
        await earlier.edit(content=None, view=view)
    except SEND_ERRORS as edit_error:
        log.info("could not report an error in an earlier reply: %s", edit_error)


def _line_for_author(message: discord.Message, error: Exception) -> str | None:
    messages = messages_for(message.guild.preferred_locale if message.guild else None)
    name = getattr(message.channel, "name", None)
    forbidden = messages.missing_permission
    if name:
        forbidden = messages.cannot_answer_in.format(f"#{escape(name)}")
    channel_gone = isinstance(error, discord.NotFound) and not is_reply_target_gone(error)
    return forbidden if channel_gone else error_line(error, messages, forbidden)


async def _tell(message: discord.Message, line: str) -> bool:
    """Reply with a line, or send it directly if that fails; False if neither is possible."""
    try:
        await send_reply(message.channel, Reference.to(message), line)
    except SEND_ERRORS as error:
        log.info("could not report an error in the channel: %s", error)
    else:
        return True
    with suppress(*SEND_ERRORS):
        await send_directly(message.author, line)
        return True
    return False
