"""``/curate unanswered``: list unanswered questions, each with a form to write the answer."""

from collections.abc import Sequence
from typing import Any

from discord import app_commands

from bot.commands.curate.permissions import (
    check_curator,
    defer_for_curator,
    defer_in_place,
    may_change,
)
from bot.services.topics import Topic
from bot.storage.unanswered import find_group, get_question_groups, remove_group
from bot.text.curator_messages import curator_messages
from bot.ui.base_client import Interaction, State
from bot.ui.container import show
from bot.ui.curate.unanswered_view import (
    BY_TOPIC,
    MOST_ASKED_FIRST,
    NEWEST_FIRST,
    topics_view,
    unanswered_view,
)


@app_commands.command(description="List questions without an answer or with a 👎")
async def unanswered(interaction: Interaction) -> None:
    """List unanswered questions, most asked first."""
    await defer_for_curator(interaction)
    await _show_page(interaction)


async def _show_page(
    interaction: Interaction, *, order: str = MOST_ASKED_FIRST, page: int = 0
) -> None:
    """Show a page in the deferred response."""
    if order == BY_TOPIC:
        await _show_topics(interaction, page)
        return
    guild_id, messages = await check_curator(interaction), curator_messages(interaction.locale)
    store = interaction.client.curation.store
    groups = await get_question_groups(store, guild_id, newest=order == NEWEST_FIRST)
    view = unanswered_view(
        groups, guild_id, page, messages, order=order, may_write=may_change(interaction)
    )
    await show(interaction, view)


async def _show_topics(interaction: Interaction, page: int) -> None:
    guild_id, messages = await check_curator(interaction), curator_messages(interaction.locale)
    topics = await _find_topics(interaction, guild_id)
    await show(interaction, topics_view(topics, page, messages))


async def _find_topics(interaction: Interaction, guild_id: int) -> list[Topic]:
    client = interaction.client
    groups = await get_question_groups(client.curation.store, guild_id)
    return await client.topics.find(groups)


async def show_topic(interaction: Interaction, state: State) -> None:
    """Replace the list by a page of the questions of one topic."""
    guild_id = await defer_in_place(interaction)
    question, page = int(state["question"]), int(state["page"])
    topics = await _find_topics(interaction, guild_id)
    topic = next((each for each in topics if question in question_ids(each)), None)
    messages = curator_messages(interaction.locale)
    if topic is None:
        await show(interaction, topics_view(topics, 0, messages))
        return
    view = unanswered_view(
        topic.groups,
        guild_id,
        page,
        messages,
        order=BY_TOPIC,
        may_write=may_change(interaction),
        topic=topic,
    )
    await show(interaction, view)


def question_ids(topic: Topic) -> set[int]:
    """Return the ids of all questions of a topic."""
    return {question.id for group in topic.groups for question in group.questions}


async def turn_unanswered_page(interaction: Interaction, state: State) -> None:
    """Replace the list by another page or order of it."""
    await defer_in_place(interaction)
    await _show_page(interaction, order=state["order"], page=int(state.get("page", 0)))


async def mark_resolved(
    interaction: Interaction, state: State, question_ids: Sequence[Any]
) -> None:
    """Take the chosen questions off the list, and show its page again."""
    guild_id = await defer_in_place(interaction)
    store = interaction.client.curation.store
    for question_id in question_ids:
        group = await find_group(store, guild_id, int(question_id))
        if group is not None:
            await remove_group(store, guild_id, group)
    await _show_page(interaction, order=state["order"], page=int(state["page"]))
