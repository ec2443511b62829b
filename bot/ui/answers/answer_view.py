"""Build the messages that show answers and context pages, with their buttons.

A private message is paged in place. The pages of a public one are shown privately to the member
who presses the button, so that the public message does not change.
"""

from dataclasses import dataclass
from typing import Any

import discord
from discord import ButtonStyle, ui

from bot.services.answers import AnswerPage
from bot.services.context_pages import ContextPage
from bot.text.messages import Messages
from bot.ui.answers.answer_buttons import (
    AnswerPageButton,
    AskPersonButton,
    ContextPageButton,
    DeleteButton,
    FollowUpButton,
    MoreContextButton,
    ShareButton,
    VoteButton,
    WholeArticleButton,
)
from bot.ui.answers.answer_text import AnswerText, answer_text, question_heading, understood_text
from bot.ui.answers.citation_text import linked_title, source_text
from bot.ui.container import INFO_COLOUR, layout
from index.types import Verdict

_COLOURS = {
    Verdict.ANSWERED: INFO_COLOUR,
    Verdict.CLOSEST: discord.Colour(0xF0B232),
    Verdict.NOTHING: discord.Colour(0x80848E),
}
_MAX_ROW_BUTTONS = 5


@dataclass(frozen=True, slots=True)
class AnswerFrame:
    """The parts of a message around an answer.

    ``heading`` shows the question. ``asker`` is the member who may delete a public answer.
    ``share`` offers to post a private one. ``by`` is a line on who asked or shared it.
    """

    heading: bool = True
    asker: int | None = None
    share: bool = False
    by: str = ""


DEFAULT_FRAME = AnswerFrame()


def answer_view(
    page: AnswerPage, messages: Messages, frame: AnswerFrame = DEFAULT_FRAME
) -> ui.LayoutView:
    """Build an answer: quotes with citations and context buttons, notes, and a button row."""
    text = _page_text(page, messages, frame)
    container = ui.Container[ui.LayoutView](accent_colour=_COLOURS[page.answer.verdict])
    intro = messages.related_articles if page.closest else text.intro
    intro = intro if page.has_articles else messages.no_articles
    for line in filter(None, (text.heading, intro)):
        container.add_item(ui.TextDisplay(line))
    for index, quote in enumerate(text.quotes):
        if index:
            container.add_item(ui.Separator())
        label = f"{messages.more_context} {quote.number}" if index else messages.more_context
        button = MoreContextButton.create(page.id, quote.number, label=label)
        container.add_item(ui.TextDisplay(quote.display))
        container.add_item(ui.Section(quote.citation, accessory=button))
    for line in text.unanswered:
        container.add_item(ui.Separator())
        container.add_item(ui.TextDisplay(line))
    for number, source in enumerate(page.closest, 1):
        label = messages.read_article_number.format(number) if number > 1 else messages.read_article
        button = MoreContextButton.create(page.id, number, label=label)
        container.add_item(ui.Section(source_text(source, messages), accessory=button))
    if text.notes:
        container.add_item(ui.TextDisplay(text.notes))
    return layout(container, *_button_rows(page, messages, frame))


def quoted_slices(
    page: AnswerPage, messages: Messages, frame: AnswerFrame = DEFAULT_FRAME
) -> list[tuple[int, str, str]]:
    """Return the number, the article's path and the text of each quote, as ``answer_view`` cuts it.

    The text is a slice of the article.
    """
    shown = {each.number: each.excerpt for each in _page_text(page, messages, frame).quotes}
    return [
        (
            number,
            quote.citation.article,
            quote.passage.text[shown[number].start : shown[number].end],
        )
        for quote in page.answer.quotes
        if (number := quote.citation.number) in shown
    ]


def _page_text(page: AnswerPage, messages: Messages, frame: AnswerFrame) -> AnswerText:
    return answer_text(
        page.answer,
        messages,
        heading=page.question.display_text if frame.heading else "",
        details=understood_text(page.question, messages, frame.by, page.answer.corrected),
        note=messages.articles_updated if page.updated else "",
    )


def context_view(
    answer_id: str, number: int, page: ContextPage, messages: Messages
) -> ui.LayoutView:
    """Build a page of the paragraphs around quote ``number``, with the quote highlighted."""
    container = ui.Container[ui.LayoutView](accent_colour=INFO_COLOUR)
    first, last = page.pieces[0].number, page.pieces[-1].number
    heading = messages.single_paragraph if first == last else messages.paragraph_range
    title = f"**{linked_title(page.source.metadata)}**"
    heading = heading.format(title=title, first=first, last=last, total=page.total)
    container.add_item(ui.TextDisplay(heading))
    for index, piece in enumerate(page.pieces):
        quoted = piece.number == page.quoted
        label = messages.quoted_paragraph if quoted else messages.paragraph_heading
        text = f"-# {label.format(piece.number)}\n{piece.display}"
        container.add_item(ui.Separator(visible=not index))
        container.add_item(ui.TextDisplay(text))
    buttons: list[ui.Item[Any]] = []
    neighbours = ((page.earlier, -1, messages.earlier), (page.later, 1, messages.later))
    for exists, step, label in neighbours:
        if exists:
            turned = page.page + step
            buttons.append(ContextPageButton.create(answer_id, number, turned, label=label))
    if buttons:
        buttons.append(WholeArticleButton.create(answer_id, number, label=messages.whole_article))
    return layout(container, buttons)


def _button_rows(
    page: AnswerPage, messages: Messages, frame: AnswerFrame
) -> list[list[ui.Item[Any]]]:
    """Return one row if all buttons fit in it, otherwise a row for paging and one for the rest."""
    paging: list[ui.Item[Any]] = []
    if page.skip:
        skip = max(0, page.skip - page.limit)
        paging.append(AnswerPageButton.create(page.id, skip, label=messages.previous_passages))
    if page.answer.has_more:
        skip = page.skip + len(page.answer.quotes)
        paging.append(AnswerPageButton.create(page.id, skip, label=messages.next_passages))
    actions = _action_buttons(page, messages, frame)
    fits = len(paging) + len(actions) <= _MAX_ROW_BUTTONS
    return [paging + actions] if fits else [paging, actions]


def _action_buttons(page: AnswerPage, messages: Messages, frame: AnswerFrame) -> list[ui.Item[Any]]:
    buttons: list[ui.Item[Any]] = []
    if frame.share and page.answer.quotes:
        share = ShareButton.create(page.id, label=messages.share, style=ButtonStyle.primary)
        buttons.append(share)
    if page.answer.quotes or not page.skip:
        buttons.append(FollowUpButton.create(page.id, label=messages.follow_up))
    if page.answer.quotes and not page.skip:
        buttons.append(VoteButton.create(page.id, "up", emoji="👍"))
        buttons.append(VoteButton.create(page.id, "down", emoji="👎"))
    if page.asks_people:
        buttons.append(AskPersonButton.create(page.id, label=messages.ask_person))
    if frame.asker is not None:
        buttons.append(DeleteButton.create(page.id, frame.asker, label=messages.delete))
    return buttons


def question_view(question: str, by: str = "") -> ui.LayoutView:
    """Build a message that shows only a question, for an answer that stands elsewhere."""
    text = "\n".join(filter(None, [question_heading(question), by and f"-# {by}"]))
    return ui.LayoutView(timeout=None).add_item(ui.TextDisplay(text))
