"""Handle the button "Ask a person": post the question in a thread, with one mention at most."""

import logging
from contextlib import suppress
from typing import Any

import discord
from discord import ui

from bot.commands.answers.respond import is_private, messages_for_reply
from bot.commands.answers.shown_answers import remember_shown
from bot.commands.answers.threads import has_threads, open_thread, thread_name
from bot.questions.context import AskContext, context_of
from bot.questions.question import Question
from bot.services.help_requests import RequestRefused
from bot.storage.guilds import GuildSettings
from bot.storage.help_requests import HelpRequest
from bot.text.messages import messages_for
from bot.text.truncate import shorten
from bot.ui.answers.answer_buttons import TellMeButton
from bot.ui.answers.answer_view import AnswerFrame, answer_view
from bot.ui.base_client import Interaction, QuothClient, State
from bot.ui.container import line_view, show
from bot.ui.error_handling import is_forbidden, is_gone
from bot.ui.transport.discord_compat import SEND_ERRORS, mention_only
from index.errors import QuothError
from index.types import Verdict

log = logging.getLogger(__name__)

_MAX_QUESTION_UNITS = 3000
_MAX_MENTIONS = 50


async def ask_person(interaction: Interaction, state: State) -> None:
    """Hand the question to people, and offer to tell the member when an article answers it."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages, answer_id = messages_for(interaction.locale), state["answer"]
    context = context_of(interaction, private=is_private(interaction))
    settings = await interaction.client.answers.guilds.get(interaction.guild_id)
    if not settings.has_helpers:
        raise RequestRefused(lambda messages: messages.nobody_to_ask)
    requests = interaction.client.help_requests
    question, earlier = await requests.claim(answer_id, context)
    if earlier is not None:
        line = messages.already_handed_over.format(_channel_mention(earlier.thread))
    else:
        thread = await _hand_over(interaction, settings, question, answer_id)
        line = messages.handed_over.format(_channel_mention(thread))
    button = TellMeButton.create(answer_id, label=messages.tell_me)
    await show(interaction, line_view(f"{line}\n-# {messages.tell_me_hint}", button))


async def toggle_telling(interaction: Interaction, state: State) -> None:
    """Subscribe or unsubscribe the member who presses the button."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages, context = messages_for(interaction.locale), context_of(interaction)
    requests = interaction.client.help_requests
    request = await requests.toggle_subscriber(state["answer"], context)
    line = messages.will_not_tell
    if request is not None:
        line = messages.will_tell.format(_channel_mention(request.thread))
    await interaction.edit_original_response(content=line)


def _channel_mention(channel: int | None) -> str:
    return f"<#{channel}>" if channel else "…"


async def _hand_over(
    interaction: Interaction, settings: GuildSettings, question: str, answer_id: str
) -> int:
    """Post a question that was claimed, and return the id of its thread or channel.

    Raises RequestRefused if the bot may not post there; the question can then be tried again.
    """
    requests = interaction.client.help_requests
    channel = await _helper_channel(interaction, settings)
    try:
        thread = await _post(interaction, channel, settings, question, f"person-{answer_id}")
    except Exception as error:
        await requests.close(answer_id)
        if is_forbidden(error) or is_gone(error):
            name = f"#{getattr(channel, 'name', None) or '…'}"
            raise RequestRefused(
                lambda messages: messages.cannot_ask_person.format(name)
            ) from error
        raise
    await requests.posted(answer_id, thread)
    return thread


async def _helper_channel(interaction: Interaction, settings: GuildSettings) -> Any:
    """Return the channel that the server chose, or else the one where the question was asked."""
    if not settings.helper_channel:
        return interaction.channel
    client, channel_id = interaction.client, settings.helper_channel[0]
    with suppress(*SEND_ERRORS):
        return client.get_channel(channel_id) or await client.fetch_channel(channel_id)
    return client.get_partial_messageable(channel_id)


async def _post(
    interaction: Interaction, channel: Any, settings: GuildSettings, question: str, nonce: str
) -> int:
    """Post the question in a forum post or a thread, and return its id."""
    view = _request_view(interaction, settings, question)
    sent: dict[str, Any] = {
        "view": view,
        "allowed_mentions": mention_only(roles=settings.helper_role),
    }
    if isinstance(channel, discord.ForumChannel):
        return await _create_post(interaction, channel, thread_name(question), sent)
    message: discord.Message = await channel.send(nonce=nonce, **sent)
    if not has_threads(channel):
        return message.channel.id
    thread: Any = await open_thread(interaction.client, message, question)
    return int(thread.id) if thread else message.channel.id


async def _create_post(
    interaction: Interaction, forum: discord.ForumChannel, name: str, sent: dict[str, Any]
) -> int:
    """Create a post in a forum, and return its id.

    Discord has no nonce for posts: after an error, the post may be there all the same.
    """
    try:
        created = await forum.create_thread(name=name, applied_tags=_first_tag(forum), **sent)
    except SEND_ERRORS:
        for thread in await forum.guild.active_threads():
            is_own = thread.owner_id == forum.guild.me.id
            is_here = thread.parent_id == forum.id and thread.id > interaction.id
            if is_own and is_here and thread.name == name:
                return thread.id
        raise
    return created.thread.id


def _first_tag(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """Return a tag if posts in the forum must have one."""
    allowed = [tag for tag in forum.available_tags if not tag.moderated]
    return allowed[:1] if forum.flags.require_tag else []


def _request_view(
    interaction: Interaction, settings: GuildSettings, question: str
) -> ui.LayoutView:
    """Render the question for people, with a link to the answer if others see it."""
    messages = messages_for_reply(interaction, private=False)
    details = [messages.asked_by.format(interaction.user.mention)]
    if interaction.message is not None and not is_private(interaction):
        details.append(f"[{messages.my_answer}]({interaction.message.jump_url})")
    lines = [
        " ".join(f"<@&{role}>" for role in settings.helper_role),
        f"### {messages.question_for_person}",
        f"> {shorten(question, _MAX_QUESTION_UNITS)}",
        f"-# {' · '.join(details)}",
        f"-# {messages.helper_hint}",
    ]
    text = "\n".join(filter(None, lines))
    return ui.LayoutView(timeout=None).add_item(ui.TextDisplay(text))


async def tell_askers(client: QuothClient) -> None:
    """Post the answers to questions for people that an article now answers, in their threads."""
    requests = client.help_requests
    for request in await requests.newly_answered():
        async with requests.claim_answered(request) as claimed:
            if claimed:
                await _tell_and_close(client, request)


async def _tell_and_close(client: QuothClient, request: HelpRequest) -> None:
    try:
        await _tell(client, request)
    except (*SEND_ERRORS, QuothError) as error:
        log.info("could not tell that a question is answered: %s", error)
        if not (is_forbidden(error) or is_gone(error)):
            client.help_requests.check_again()
            return
    await client.help_requests.close(request.answer)


async def _tell(client: QuothClient, request: HelpRequest) -> None:
    """Post the answer, and mention only those who asked to be told."""
    guild = client.get_guild(request.guild)
    messages = messages_for(guild.preferred_locale if guild else None)
    context = AskContext(request.guild, request.thread, place=request.place)
    page = await client.answers.ask(Question(request.question), context, counted=False)
    if page.answer.verdict is not Verdict.ANSWERED or request.thread is None:
        return
    members = (await client.help_requests.subscribers(request))[:_MAX_MENTIONS]
    mentions = " ".join(f"<@{member}>" for member in members)
    frame = AnswerFrame(by=f"{messages.now_answered} {mentions}".strip())
    sent = await client.get_partial_messageable(request.thread).send(
        view=answer_view(page, messages, frame),
        nonce=f"told-{request.answer}",
        allowed_mentions=mention_only(users=members),
    )
    place = (request.guild, sent.channel.id, sent.id)
    await remember_shown(client, page, messages, frame, place)
