"""Render the lists of ``/curate unanswered``: questions without an answer, and their topics."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import discord
from discord import ui

from bot.questions.autocomplete import truncate_choice
from bot.services.topics import Topic
from bot.storage.unanswered import QuestionGroup
from bot.text.curator_messages import CuratorMessages
from bot.text.truncate import shorten
from bot.ui.container import INFO_COLOUR, container_view, layout
from bot.ui.curate.curator_text import group_text
from bot.ui.persistent import PersistentButton, PersistentSelect

QUESTIONS_PER_PAGE = 5
NEWEST_FIRST, MOST_ASKED_FIRST, BY_TOPIC = "n", "m", "t"
_ORDER = r"(?P<order>[nmt])"
_BARS = "▁▂▃▄▅▆▇█"
_PAGE = r"(?P<page>\d{1,6})"  # from 0


Item = TypeVar("Item")


class DraftButton(PersistentButton, template=r"quoth:draft:(?P<question>\d{1,18})"):
    """Open the form for an article that answers the question with this id."""


class UnansweredPageButton(PersistentButton, template=rf"quoth:missed:{_ORDER}:{_PAGE}"):
    """Show another page of the list, in place."""


class UnansweredOrderButton(PersistentButton, template=rf"quoth:missed-order:{_ORDER}"):
    """Show the list in another order, from its first page."""


class TopicButton(PersistentButton, template=rf"quoth:topic:(?P<question>\d{{1,18}}):{_PAGE}"):
    """Show a page of the questions of the topic with a question, in place."""


class ResolveSelect(PersistentSelect, template=rf"quoth:done:{_ORDER}:{_PAGE}"):
    """Take the chosen questions off the list."""


@dataclass(frozen=True, slots=True)
class _Page(Generic[Item]):
    """The items of a page by their numbers from 1, the page's number from 0, and that of pages."""

    numbered: dict[int, Item]
    page: int
    pages: int

    @classmethod
    def of(cls, items: Sequence[Item], page: int) -> "_Page[Item]":
        """Return a page of the items; the last one when there are fewer."""
        pages = -(-len(items) // QUESTIONS_PER_PAGE)
        page = min(page, pages - 1)
        first = page * QUESTIONS_PER_PAGE
        shown = items[first : first + QUESTIONS_PER_PAGE]
        return cls(dict(enumerate(shown, first + 1)), page, pages)


def topics_view(topics: Sequence[Topic], page: int, messages: CuratorMessages) -> ui.LayoutView:
    """Render page ``page``, from 0, of the topics, each with a button that shows its questions."""
    if not topics:
        return container_view(messages.no_unanswered)
    shown = _Page.of(topics, page)
    count = messages.topics(len(topics))
    title = messages.topics_heading.format(count=count, page=shown.page + 1, pages=shown.pages)
    container = ui.Container[ui.LayoutView](ui.TextDisplay(title), accent_colour=INFO_COLOUR)
    for number, topic in shown.numbered.items():
        label = messages.show_topic.format(number)
        button = TopicButton.create(topic.typical.newest.id, 0, label=label)
        container.add_item(ui.Section(topic_text(topic, messages), accessory=button))
    container.add_item(ui.Separator())
    container.add_item(ui.ActionRow(*_paging_buttons(BY_TOPIC, shown, messages)))
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
    shown = _Page.of(groups, page)
    place = {"count": messages.questions(len(groups)), "page": shown.page + 1, "pages": shown.pages}
    title = messages.unanswered_heading.format(**place)
    if topic is not None:
        name = shorten(topic.typical.newest.question, 200)
        title = messages.topic_heading.format(topic=name, **place)
    container = ui.Container[ui.LayoutView](ui.TextDisplay(title), accent_colour=INFO_COLOUR)
    for number, group in shown.numbered.items():
        text = group_text(group, guild_id, messages)
        label = f"{messages.write_article} {number}"
        button = DraftButton.create(group.newest.id, label=label)
        container.add_item(
            ui.Section(text, accessory=button) if may_write else ui.TextDisplay(text)
        )
    container.add_item(ui.Separator())
    container.add_item(ui.ActionRow(_resolve_select(shown, order, messages)))
    container.add_item(ui.ActionRow(*_paging_buttons(order, shown, messages, topic)))
    return layout(container)


def _resolve_select(
    shown: _Page[QuestionGroup], order: str, messages: CuratorMessages
) -> ResolveSelect:
    options = [
        discord.SelectOption(
            label=truncate_choice(f"{number}. {group.newest.question}"), value=str(group.newest.id)
        )
        for number, group in shown.numbered.items()
    ]
    return ResolveSelect(
        ui.Select[ui.LayoutView](
            custom_id=f"quoth:done:{order}:{shown.page}",
            placeholder=messages.mark_resolved,
            options=options,
            max_values=len(options),
        )
    )


def _paging_buttons(
    order: str, shown: _Page[Any], messages: CuratorMessages, topic: Topic | None = None
) -> list[ui.Item[Any]]:
    """Return the buttons to turn the page and to choose another order."""
    turned = {shown.page - 1: messages.previous_page, shown.page + 1: messages.next_page}
    buttons: list[ui.Item[Any]] = [
        TopicButton.create(topic.typical.newest.id, number, label=label)
        if topic
        else UnansweredPageButton.create(order, number, label=label)
        for number, label in turned.items()
        if 0 <= number < shown.pages
    ]
    labels = {
        NEWEST_FIRST: messages.newest_first,
        MOST_ASKED_FIRST: messages.most_asked_first,
        BY_TOPIC: messages.by_topic,
    }
    others = [each for each in labels if each != order or topic]
    return buttons + [UnansweredOrderButton.create(each, label=labels[each]) for each in others]
