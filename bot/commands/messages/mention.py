"""Answer messages addressed to the bot: mentions, replies with a ping, and direct messages."""

import re
from contextlib import suppress
from typing import Any

import discord

from bot.commands.answers.small_talk import reply_to_small_talk, small_talk_in
from bot.commands.ask import FIND_IN_ARTICLES
from bot.commands.messages.forum import ForumPosts, prefix_title
from bot.commands.messages.reply import EarlierReply, messages_for_channel, reply_to_message
from bot.questions.context import guild_id_of
from bot.questions.follow_up import is_fragment
from bot.questions.message_text import forwarded_text_of, text_of
from bot.questions.question import Question
from bot.storage.guilds import answers_in
from bot.storage.pending_questions import PendingQuestion
from bot.text.translator import translate_command_text
from bot.ui.base_client import QuothClient
from bot.ui.error_handling import handle_message_errors
from bot.ui.persistent import custom_ids
from bot.ui.transport.discord_compat import SEND_ERRORS, Reference, send_reply
from index.types import InputKind

_USER_MESSAGE_TYPES = frozenset({discord.MessageType.default, discord.MessageType.reply})
_WORD = re.compile(r"\w+")
# Of a reply that asks to answer the message it replies to: "can you answer this?".
_POINTING_WORDS = frozenset(
    """
    can could you u please pls plz answer reply respond to this that these it question questions
    help him her them me us here any idea ideas do does know look up search for find above the his
    their one what say about think and anyone somebody
    kannst du bitte das dies diese frage hier beantworten antworten mal ihm ihr darauf weißt dazu
    puedes por favor responder contestar a esto esta pregunta le sabes aquí
    """.split()
)
_ANSWER_BUTTON = re.compile(r"quoth:(?:follow|more|turn|delete):([A-Za-z0-9_-]{12})")


async def answer_message(
    client: QuothClient,
    posts: ForumPosts,
    message: discord.Message,
    *,
    earlier: discord.Message | None = None,
    recent: str | None = None,
) -> discord.Message | None:
    """Answer a message addressed to the bot, and ignore any other; return the reply.

    Ignores the first message of a forum post whose title was already answered. ``earlier`` is the
    reply to the message before it was edited, which is replaced; ``recent`` is the id of the answer
    that the author got before, on which a fragment builds.
    """
    text = question_in(message, client.user)
    if text is None:
        return None
    open_question = PendingQuestion(message.id, guild_id_of(message), message.channel.id)
    async with (
        client.pending_questions.hold(open_question),
        handle_message_errors(message, earlier),
    ):
        if await _answers_here(client, message) and not await posts.is_answered(message):
            return await _answer(client, message, text, earlier, recent)
    return earlier


async def _answers_here(client: QuothClient, message: discord.Message) -> bool:
    """Tell whether the bot answers mentions in the channel of a message."""
    chosen = (await client.answers.guilds.get(guild_id_of(message))).channels
    if message.guild is not None:  # deleted channels do not count
        chosen = tuple(filter(message.guild.get_channel, chosen))
    channel: Any = message.channel
    if chosen and isinstance(channel, discord.PartialMessageable):
        with suppress(*SEND_ERRORS):  # only a fetched thread has its parent
            channel = await client.fetch_channel(channel.id)
    return answers_in(chosen, channel)


async def _answer(
    client: QuothClient,
    message: discord.Message,
    text: str,
    earlier: discord.Message | None,
    recent: str | None,
) -> discord.Message | None:
    referenced = await _referenced_message(message)
    locale = message.guild.preferred_locale if message.guild else None
    kind = await small_talk_in(client, text, guild_id_of(message), locale)
    question = Question(prefix_title(message, text))
    if _is_of_another(referenced, client.user) and _only_points(text, kind):
        question = Question(text_of(referenced), reply_to_id=referenced.id)
    elif kind is not None:
        return earlier or await reply_to_small_talk(client, message, kind)
    if not question.text:
        return earlier or await _explain(client, message, referenced)
    previous = answer_id_in(referenced, client.user)
    if recent and message.reference is None and is_fragment(question.text):
        previous = recent
    replaced = EarlierReply(earlier, answer_id_in(earlier, client.user)) if earlier else None
    return await reply_to_message(client, message, question, previous, replaced)


def _is_of_another(referenced: Any, bot: discord.ClientUser | None) -> bool:
    is_message = isinstance(referenced, discord.Message)
    return is_message and bot is not None and referenced.author.id != bot.id


def _only_points(text: str, kind: InputKind | None) -> bool:
    """Tell whether the text of a reply only asks to answer the message that it replies to."""
    words = set(_WORD.findall(text.casefold()))
    return kind in {InputKind.HELP, InputKind.GREETING} or words <= _POINTING_WORDS


def question_in(message: discord.Message, bot: discord.ClientUser | None) -> str | None:
    """Return the text without the bot's mention, or None if the message is not for the bot.

    A mention of the bot's own role counts, too: members confuse it with the bot of that name.
    """
    from_user = not (message.author.bot or message.webhook_id)
    if bot is None or not from_user or message.type not in _USER_MESSAGE_TYPES:
        return None
    mention = _mention_pattern(message, bot)
    if guild_id_of(message) is not None and not _mentions(message, bot, mention):
        return None
    text = " ".join(mention.sub(" ", message.content).split())
    return text or forwarded_text_of(message)


def _mention_pattern(message: discord.Message, bot: discord.ClientUser) -> re.Pattern[str]:
    role = message.guild.self_role if message.guild else None
    return re.compile(rf"<@!?{bot.id}>" + (rf"|<@&{role.id}>" if role else ""))


def _mentions(message: discord.Message, bot: discord.ClientUser, mention: re.Pattern[str]) -> bool:
    users = getattr(message, "mentions", ())  # unset in partial messages
    return (
        bot in users or _mentions_own_role(message) or mention.search(message.content) is not None
    )


def _mentions_own_role(message: discord.Message) -> bool:
    role = message.guild.self_role if message.guild else None
    return role in getattr(message, "role_mentions", ())


async def _referenced_message(message: discord.Message) -> Any:
    """Return the message that this one replies to, fetching it if Discord did not include it."""
    reference = message.reference
    if reference is None or reference.resolved or message.type is not discord.MessageType.reply:
        return reference and reference.resolved
    with suppress(*SEND_ERRORS):
        return await message.channel.fetch_message(reference.message_id or 0)
    return None


def answer_id_in(message: Any, bot: discord.ClientUser | None) -> str | None:
    """Return the id of the stored answer that a message of the bot shows, from its buttons."""
    if not isinstance(message, discord.Message) or bot is None or message.author.id != bot.id:
        return None
    matches = (_ANSWER_BUTTON.match(custom_id) for custom_id in custom_ids(message.components))
    return next((match[1] for match in matches if match), None)


async def _explain(
    client: QuothClient, message: discord.Message, referenced: Any
) -> discord.Message:
    """Reply to a message without text: Discord withheld the text, or there is none."""
    messages = messages_for_channel(message)
    if _is_of_another(referenced, client.user):
        locale = message.guild.preferred_locale if message.guild else None
        line = messages.cannot_read_message.format(translate_command_text(FIND_IN_ARTICLES, locale))
    elif message.reference:
        line = messages.cannot_read_replies
    elif not message.content and _mentions_own_role(message):
        line = messages.cannot_read_role_mentions.format(client.user and client.user.mention)
    else:
        line = messages.greeting if message.guild else messages.greeting_direct
    return await send_reply(message.channel, Reference.to(message), line)
