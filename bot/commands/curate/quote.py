"""The command "Quote this" on a message: make an article of it, and ask its author."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands, ui

from bot.commands.curate.add import refusal_reason
from bot.commands.curate.permissions import NotAllowed, check_may_change, defer_for_curator
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.commands.curate.source_reports import report_messages, send_report
from bot.commands.people.quoted_messages import author_view
from bot.questions.message_text import is_forward, plain_line, quotable_text_of
from bot.services.quoted_messages import AlreadyQuoted, PendingMessage, Withdrawn
from bot.storage.quoted_messages import QuotedMessage
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.messages import messages_for
from bot.text.truncate import shorten
from bot.ui.base_client import Fields, Interaction, QuothClient, State
from bot.ui.container import container_view
from bot.ui.modals import Form, in_time_for_form
from bot.ui.transport.discord_compat import (
    SEND_ERRORS,
    Reference,
    mention_only,
    send_directly,
    send_reply,
)
from index.ingest.seeds import SeedRefused
from index.text.sentences import sentence_spans

QUOTE_THIS = "Quote this"
QUOTE_FORM = r"quoth:quote:(?P<message>\d{1,20})"
_MAX_TITLE_CHARS = 90  # of a proposal
_MAX_PREVIEW_UNITS = 1500
_MARKUP = re.compile(r"^(?:#{1,3}|>{1,3}|[-*]|-#|\d+\.) +|[*_`~|]{1,3}")


@app_commands.context_menu(name=QUOTE_THIS)
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
async def quote_this(interaction: Interaction, message: discord.Message) -> None:
    """Show the form that proposes a title for the message."""
    guild_id = await in_time_for_form(check_may_change(interaction))
    client, messages = interaction.client, curator_messages(interaction.locale)
    text = quotable_text_of(message)
    if message.author == client.user:
        raise NotAllowed(messages.own_message)
    if not text:
        raise NotAllowed(messages.no_text_to_quote)
    pending = PendingMessage(
        guild=guild_id,
        channel=message.channel.id,
        message=message.id,
        text=text,
        written=_written_at(message).date(),
        publisher=interaction.guild.name if interaction.guild else "Discord",
        author=message.author.id,
        credited=not (is_forward(message) or message.author.bot or message.webhook_id),
        quoted_at=interaction.created_at.timestamp(),
        edited_at=message.edited_at.timestamp() if message.edited_at else 0.0,
    )
    client.quoted_messages.open_form(pending)
    private = _is_private(interaction)
    title = proposed_title(text, interaction.channel)
    await interaction.response.send_modal(quote_form(pending, title, messages, private=private))


def _written_at(message: discord.Message) -> datetime:
    """Return when the text was written, which is earlier for a forwarded message."""
    snapshots = getattr(message, "message_snapshots", ())
    written: datetime = snapshots[0].created_at if snapshots else message.created_at
    return written.astimezone(UTC)


def _is_private(interaction: Interaction) -> bool:
    """Tell whether some members cannot see the channel."""
    guild, channel = interaction.guild, interaction.channel
    if guild is None or channel is None or isinstance(channel, discord.DMChannel):
        return False
    if getattr(channel, "type", None) is discord.ChannelType.private_thread:
        return True
    with suppress(AttributeError, discord.ClientException):
        return not channel.permissions_for(guild.default_role).view_channel
    return True  # a channel that the bot does not know


def proposed_title(text: str, channel: Any) -> str:
    """Propose the name of a thread, which is often the question, or else the first sentence."""
    if isinstance(channel, discord.Thread):
        return plain_line(channel.name)
    line = plain_line(_MARKUP.sub("", next(filter(str.strip, text.splitlines()), "")))
    line = line.encode("utf-8", "replace").decode("utf-8")
    spans = sentence_spans(line, 0, len(line))
    title = line[slice(*spans[0])] if spans else line
    if len(title) <= _MAX_TITLE_CHARS:
        return title
    return f"{title[:_MAX_TITLE_CHARS].rpartition(' ')[0] or title[:_MAX_TITLE_CHARS]}…"


def quote_form(
    pending: PendingMessage, title: str, messages: CuratorMessages, *, private: bool
) -> Form:
    """Build the form: the text, its date and link, and a title to change."""
    form = Form(messages.quote_title, f"quoth:quote:{pending.message}")
    lines = [
        f"> {shorten(pending.text, _MAX_PREVIEW_UNITS)}",
        f"-# {pending.written.isoformat()} · {pending.quoted.jump_url}",
        f"-# {messages.quote_anonymous if pending.credited else messages.quote_uncredited}",
        f"⚠️ {messages.quote_private}" if private else "",
    ]
    form.add_item(ui.TextDisplay("\n".join(filter(None, lines))))
    field = ui.TextInput[Any](default=title or None, max_length=200)
    form.add_field("title", messages.field_title, field)
    return form


async def quote_message(interaction: Interaction, state: State, fields: Fields) -> None:
    """Save the article, ask the author, and rebuild."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    messages, quoted_messages = (
        curator_messages(interaction.locale),
        interaction.client.quoted_messages,
    )
    pending = quoted_messages.pending(int(state["message"]), guild_id)
    if pending is None:
        raise NotAllowed(messages.quote_form_expired)
    title = fields["title"].strip() or proposed_title(pending.text, interaction.channel)
    try:
        quoted = await quoted_messages.save(pending, title)
    except AlreadyQuoted as error:
        raise NotAllowed(messages.already_quoted) from error
    except Withdrawn as error:
        raise NotAllowed(messages.quote_withdrawn) from error
    except SeedRefused as error:
        reason = refusal_reason(error, messages)
        raise NotAllowed(messages.quote_refused.format(reason)) from error
    asked = await _ask_author(interaction, pending, quoted)
    heading = f"✅ {messages.quote_saved.format(shorten(title, 300))}\n-# {asked}"
    await follow_rebuild(interaction, guild_id, heading, pending=messages.files_stay)


async def _ask_author(
    interaction: Interaction, pending: PendingMessage, quoted: QuotedMessage
) -> str:
    """Ask the author below the message, or directly; return a line that says so.

    Bots and webhooks are not asked.
    """
    messages, client = curator_messages(interaction.locale), interaction.client
    if not pending.credited and not await _is_member(interaction, pending.author):
        return messages.author_not_asked
    view = author_view(quoted, messages_for(interaction.guild_locale), asks=pending.author)
    channel = client.get_partial_messageable(pending.channel)
    reference = Reference(message_id=pending.message, channel_id=pending.channel)
    reference.nonce = f"quote-{pending.message}"  # the message may have an answer, too
    mention = mention_only(users=[pending.author])
    try:
        await send_reply(channel, reference, view=view, allowed_mentions=mention)
    except SEND_ERRORS:
        return await _ask_directly(interaction, pending, quoted)
    return messages.author_asked


async def _is_member(interaction: Interaction, user_id: int) -> bool:
    """Tell whether an account is a person's."""
    with suppress(*SEND_ERRORS):
        return not (await interaction.client.fetch_user(user_id)).bot
    return False


async def _ask_directly(
    interaction: Interaction, pending: PendingMessage, quoted: QuotedMessage
) -> str:
    messages = curator_messages(interaction.locale)
    view = author_view(quoted, messages_for(interaction.guild_locale), asks=pending.author)
    try:
        user = await interaction.client.fetch_user(pending.author)
        await send_directly(user, view=view, nonce=f"quote-{pending.message}")
    except SEND_ERRORS:
        return messages.author_not_reached
    return messages.author_asked_directly


async def report_edit(client: QuothClient, payload: discord.RawMessageUpdateEvent) -> None:
    """Report, in the channel that curators chose, that a quoted message was edited.

    The bot may not read the new text itself: without the message content intent, only a command
    on the message hands it over.
    """
    guild_id, edited_at = payload.guild_id, payload.message.edited_at
    if guild_id is None or edited_at is None:
        return
    settings = await client.answers.guilds.get(guild_id)
    if not settings.report_channel:
        return
    at = edited_at.timestamp()
    quoted = await client.quoted_messages.newly_edited(guild_id, payload.message_id, at)
    if quoted is not None:
        line = (await report_messages(client, guild_id)).quoted_edited.format(quoted.jump_url)
        await send_report(client, settings, container_view(line))
