"""Handle the buttons below answers: context, whole articles, paging, follow-ups, votes."""

import io
import re
import unicodedata
from typing import Any

from discord import TextStyle, ui

from bot.commands.answers.respond import ask_and_send, is_private
from bot.questions.context import context_of
from bot.questions.question import Question
from bot.storage.store import ignore_storage_errors
from bot.storage.votes import Vote
from bot.text.discord_markdown import escape
from bot.text.messages import messages_for
from bot.ui.answers.answer_buttons import FeedbackButton
from bot.ui.answers.answer_view import AnswerFrame, answer_view, context_view
from bot.ui.base_client import Fields, Interaction, State
from bot.ui.container import line_view, show
from bot.ui.modals import Form
from bot.ui.transport.discord_compat import AttachedFile
from bot.ui.transport.payloads import MAX_UPLOAD_BYTES
from index.errors import QuestionError
from index.types import Source, slug

_MAX_FILE_NAME_CHARS = 60
_MAX_FIELD_CHARS = 500  # in the forms for follow-up questions and comments


async def more_context(interaction: Interaction, state: State) -> None:
    """Show the paragraphs around a quote in a new private message."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _show_context(interaction, state, page=0)


async def read_on(interaction: Interaction, state: State) -> None:
    """Show another page of the article, in place."""
    await interaction.response.defer()
    await _show_context(interaction, state, page=int(state["page"]))


async def _show_context(interaction: Interaction, state: State, *, page: int) -> None:
    messages, context = messages_for(interaction.locale), context_of(interaction)
    answer_id, number = state["answer"], int(state["number"])
    answers = interaction.client.answers
    context_page = await answers.get_context(answer_id, number, page, context)
    await show(interaction, context_view(answer_id, number, context_page, messages))


async def whole_article(interaction: Interaction, state: State) -> None:
    """Send the article's text, byte for byte as it is quoted, as a file."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages, context = messages_for(interaction.locale), context_of(interaction)
    source, text = await interaction.client.answers.get_article(
        state["answer"], int(state["number"]), context
    )
    content = text.encode("utf-8", "replace")
    if len(content) > MAX_UPLOAD_BYTES:
        raise QuestionError(messages.article_too_large)
    file = AttachedFile(io.BytesIO(content), filename=ascii_file_name(source))
    line = messages.whole_article_attached.format(escape(source.metadata.title[:300]))
    await interaction.edit_original_response(content=line, attachments=[file])


async def turn_page(interaction: Interaction, state: State) -> None:
    """Show another page of the answer: in place if it is private, else in a new private message."""
    if is_private(interaction):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)
    messages, context = messages_for(interaction.locale), context_of(interaction, private=True)
    answers = interaction.client.answers
    page = await answers.get_page(state["answer"], int(state["skip"]), context)
    frame = AnswerFrame(share=interaction.guild_id is not None)
    await show(interaction, answer_view(page, messages, frame))


async def delete(interaction: Interaction, state: State) -> None:
    """Delete an answer, for its asker or a member who can manage messages."""
    is_asker = interaction.user.id == int(state["asker"])
    if not (is_asker or interaction.permissions.manage_messages):
        line = messages_for(interaction.locale).delete_not_allowed
        await interaction.response.send_message(line, ephemeral=True)
        return
    await interaction.response.defer()
    await interaction.delete_original_response()
    with ignore_storage_errors("that an answer was deleted"):
        await interaction.client.answers.store.delete_answer(state["answer"])


async def open_follow_up_form(interaction: Interaction, state: State) -> None:
    """Show the form for a question that refers to the previous one."""
    messages = messages_for(interaction.locale)
    form = Form(messages.follow_up_title, f"quoth:follow:{state['answer']}")
    field = ui.TextInput[Any](
        placeholder=messages.follow_up_placeholder, max_length=_MAX_FIELD_CHARS
    )
    form.add_field("question", messages.follow_up_label, field)
    await interaction.response.send_modal(form)


async def ask_follow_up(interaction: Interaction, state: State, fields: Fields) -> None:
    """Send a new answer, private if the previous answer is."""
    private = is_private(interaction)
    question, previous = Question(fields["question"]), state["answer"]
    await ask_and_send(interaction, question, private=private, previous=previous)


async def cast_vote(interaction: Interaction, state: State) -> None:
    """Count a vote, confirm it privately, and offer to comment on a 👎."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages = messages_for(interaction.locale)
    context = context_of(interaction, private=is_private(interaction))
    message_id = interaction.message.id if interaction.message else None
    answer_id, up = state["answer"], state["vote"] == "up"
    vote = await interaction.client.answers.vote(answer_id, up, context, message_id)
    if vote is Vote.DOWN:
        view = line_view(
            messages.voted_down, FeedbackButton.create(answer_id, label=messages.feedback_button)
        )
        await show(interaction, view)
        return
    line = messages.voted_up if vote is Vote.UP else messages.vote_withdrawn
    await interaction.edit_original_response(content=line)


async def open_comment_form(interaction: Interaction, state: State) -> None:
    """Show the form for what a member wanted to find."""
    messages = messages_for(interaction.locale)
    form = Form(messages.feedback_title, f"quoth:wanted:{state['answer']}")
    field = ui.TextInput[Any](style=TextStyle.paragraph, max_length=_MAX_FIELD_CHARS)
    form.add_field("wanted", messages.feedback_label, field)
    await interaction.response.send_modal(form)


async def save_comment(interaction: Interaction, state: State, fields: Fields) -> None:
    """Save the comment with the vote."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages, context = messages_for(interaction.locale), context_of(interaction)
    answers = interaction.client.answers
    saved = await answers.add_vote_comment(state["answer"], fields["wanted"], context)
    line = messages.feedback_saved if saved else messages.vote_withdrawn
    await interaction.edit_original_response(content=line)


def ascii_file_name(source: Source) -> str:
    """Build a file name from ASCII letters of the title, or else of the path."""
    names = map(_ascii_slug, (source.metadata.title, slug(source.path)))
    return f"{next(filter(None, names), 'article')}.txt"


def _ascii_slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", ascii_text).strip("-")
    return name[:_MAX_FILE_NAME_CHARS].strip("-")
