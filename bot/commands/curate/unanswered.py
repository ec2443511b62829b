"""``/curate unanswered``: list unanswered questions, each with a form to write the answer."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands, ui

from bot.commands.curate.add import DraftButton
from bot.commands.curate.permissions import check_curator, defer_for_curator, may_change
from bot.questions.autocomplete import truncate_choice
from bot.services.topics import Topic
from bot.storage.unanswered import QuestionGroup, find_group, get_question_groups, remove_group
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.truncate import shorten
from bot.ui.answer_view import layout, show
from bot.ui.base_client import Interaction, State
from bot.ui.container import INFO_COLOUR, container_view
from bot.ui.curator_text import group_text
from bot.ui.persistent import PersistentButton, PersistentSelect

QUESTIONS_PER_PAGE = 5
NEWEST_FIRST, MOST_ASKED_FIRST, BY_TOPIC = "n", "m", "t"
_ORDER = r"(?P<order>[nmt])"
_BARS = "▁▂▃▄▅▆▇█"
_PAGE = r"(?P<page>\d{1,6})"  # from 0


class UnansweredPageButton(PersistentButton, template=rf"quoth:missed:{_ORDER}:{_PAGE}"):
    """Show another page of the list, in place."""


class UnansweredOrderButton(PersistentButton, template=rf"quoth:missed-order:{_ORDER}"):
    """Show the list in another order, from its first page."""


class TopicButton(PersistentButton, template=rf"quoth:topic:(?P<question>\d{{1,18}}):{_PAGE}"):
    """Show a page of the questions of the topic with a question, in place."""


class ResolveSelect(PersistentSelect, template=rf"quoth:done:{_ORDER}:{_PAGE}"):
    """Take the chosen questions off the list."""


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
    guild_id = await check_curator(interaction)
    await interaction.response.defer()
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


def topics_view(topics: Sequence[Topic], page: int, messages: CuratorMessages) -> ui.LayoutView:
    """Render page ``page``, from 0, of the topics, each with a button that shows its questions."""
    if not topics:
        return container_view(messages.no_unanswered)
    pages = -(-len(topics) // QUESTIONS_PER_PAGE)
    page = min(page, pages - 1)
    count = messages.topics(len(topics))
    title = messages.topics_heading.format(count=count, page=page + 1, pages=pages)
    container = ui.Container[ui.LayoutView](ui.TextDisplay(title), accent_colour=INFO_COLOUR)
    first = page * QUESTIONS_PER_PAGE
    for number, topic in enumerate(topics[first : first + QUESTIONS_PER_PAGE], first + 1):
        label = messages.show_topic.format(number)
        button = TopicButton.create(topic.typical.newest.id, 0, label=label)
        container.add_item(ui.Section(topic_text(topic, messages), accessory=button))
    container.add_item(ui.Separator())
    container.add_item(ui.ActionRow(*_paging_buttons(BY_TOPIC, page, pages, messages)))
    return layout(container)


def topic_text(topic: Topic, messages: CuratorMessages) -> str:
    """Render the most typical question, how often the topic was asked about, and its trend."""
    highest = max(1, *topic.weeks)
    bars = "".join(_BARS[round(count / highest * (len(_BARS) - 1))] for count in topic.weeks)
    weeks = f"{bars} {' · '.join(map(str, topic.weeks))}"
    details = [
        messages.questions(len(topic.groups)),
        messages.times_asked(topic.asked),
        messages.trend.format(weeks),
    ]
    others = [shorten(group.newest.question, 80) for group in topic.groups[1:4]]
    lines = [f"**{shorten(topic.typical.newest.question, 300)}**", f"-# {' · '.join(details)}"]
    return "\n".join([*lines, *(f"-# {other}" for other in others)])


def unanswered_view(
    groups: Sequence[QuestionGroup],
    guild_id: int,
    page: int,
    messages: CuratorMessages,
    *,
    order: str,
    may_write: bool = True,
    topic: Topic | None = None,
) -> ui.LayoutView:
    """Render page ``page``, from 0, of the questions; the last page when there are fewer.

    ``may_write`` offers to write the missing articles. ``topic`` is that of all questions.
    """
    if not groups:
        return container_view(messages.no_unanswered)
    pages = -(-len(groups) // QUESTIONS_PER_PAGE)
    page = min(page, pages - 1)
    count = messages.questions(len(groups))
    title = messages.unanswered_heading.format(count=count, page=page + 1, pages=pages)
    if topic is not None:
        name = shorten(topic.typical.newest.question, 200)
        title = messages.topic_heading.format(topic=name, count=count, page=page + 1, pages=pages)
    container = ui.Container[ui.LayoutView](ui.TextDisplay(title), accent_colour=INFO_COLOUR)
    first = page * QUESTIONS_PER_PAGE
    numbered = dict(enumerate(groups[first : first + QUESTIONS_PER_PAGE], first + 1))
    for number, group in numbered.items():
        text = group_text(group, guild_id, messages)
        label = f"{messages.write_article} {number}"
        button = DraftButton.create(group.newest.id, label=label)
        container.add_item(
            ui.Section(text, accessory=button) if may_write else ui.TextDisplay(text)
        )
    container.add_item(ui.Separator())
    container.add_item(ui.ActionRow(_resolve_select(numbered, order, page, messages)))
    container.add_item(ui.ActionRow(*_paging_buttons(order, page, pages, messages, topic)))
    return layout(container)


def _resolve_select(
    numbered: dict[int, QuestionGroup], order: str, page: int, messages: CuratorMessages
) -> ResolveSelect:
    options = [
        discord.SelectOption(
            label=truncate_choice(f"{number}. {group.newest.question}"), value=str(group.newest.id)
        )
        for number, group in numbered.items()
    ]
    return ResolveSelect(
        ui.Select[ui.LayoutView](
            custom_id=f"quoth:done:{order}:{page}",
            placeholder=messages.mark_resolved,
            options=options,
            max_values=len(options),
        )
    )


def _paging_buttons(
    order: str, page: int, pages: int, messages: CuratorMessages, topic: Topic | None = None
) -> list[ui.Item[Any]]:
    """Return the buttons to turn the page and to choose another order."""
    turned = {page - 1: messages.previous_page, page + 1: messages.next_page}
    buttons: list[ui.Item[Any]] = [
        TopicButton.create(topic.typical.newest.id, number, label=label)
        if topic
        else UnansweredPageButton.create(order, number, label=label)
        for number, label in turned.items()
        if 0 <= number < pages
    ]
    labels = {
        NEWEST_FIRST: messages.newest_first,
        MOST_ASKED_FIRST: messages.most_asked_first,
        BY_TOPIC: messages.by_topic,
    }
    others = [each for each in labels if each != order or topic]
    return buttons + [UnansweredOrderButton.create(each, label=labels[each]) for each in others]


async def turn_unanswered_page(interaction: Interaction, state: State) -> None:
    """Replace the list by another page or order of it."""
    await check_curator(interaction)
    await interaction.response.defer()
    await _show_page(interaction, order=state["order"], page=int(state.get("page", 0)))


async def mark_resolved(
    interaction: Interaction, state: State, question_ids: Sequence[Any]
) -> None:
    """Take the chosen questions off the list, and show its page again."""
    guild_id = await check_curator(interaction)
    await interaction.response.defer()
    store = interaction.client.curation.store
    for question_id in question_ids:
        group = await find_group(store, guild_id, int(question_id))
        if group is not None:
            await remove_group(store, guild_id, group)
    await _show_page(interaction, order=state["order"], page=int(state["page"]))
