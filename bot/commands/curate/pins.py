"""``/curate pin``: manage questions that are asked again after every rebuild."""

from discord import app_commands

from bot.commands.completion import Choices, suggestions, to_choices
from bot.commands.curate.permissions import check_curator, defer_for_curator, is_curator
from bot.questions.autocomplete import truncate_choice
from bot.questions.context import AskContext
from bot.questions.question import Question, check_length
from bot.storage.pins import PinResult, add_pin, get_pins, pins_with_words, remove_pin
from bot.text.curator_messages import curator_messages
from bot.text.errors import InvalidQuestion
from bot.text.truncate import shorten
from bot.ui.base_client import Interaction
from bot.ui.container import SUCCESS_COLOUR, container_view, show
from bot.ui.curate.curator_text import fit_blocks, pin_result_text, pin_text
from index.types import InputKind

_MAX_QUESTION_CHARS = 300

pin = app_commands.Group(
    name="pin",
    description="Manage questions that are asked again after every rebuild",
)


@suggestions
async def _complete_question(interaction: Interaction, typed: str) -> Choices:
    if not await is_curator(interaction):
        return []
    guild_id = await check_curator(interaction)
    pins = await get_pins(interaction.client.curation.store, guild_id)
    matches = pins_with_words(pins, typed)
    return to_choices((truncate_choice(each.question), f"#{each.id}") for each in matches[:25])


@pin.command(description="Ask a question again after every rebuild")
@app_commands.describe(question="The question to ask again")
async def add(
    interaction: Interaction, question: app_commands.Range[str, 1, _MAX_QUESTION_CHARS]
) -> None:
    """Pin a question with its current result."""
    guild_id = await defer_for_curator(interaction)
    messages, client = curator_messages(interaction.locale), interaction.client
    check_length(Question(question))
    answer = await client.answers.search(Question(question), AskContext(guild_id))
    if answer.input_kind is InputKind.NO_WORDS:
        raise InvalidQuestion(lambda messages: messages.no_words)
    result = PinResult.from_answer(answer)
    await add_pin(client.curation.store, guild_id, question, result)
    pinned = messages.pinned.format(pin_result_text(result, messages))
    view = container_view(f"📌 {shorten(question, 600)}\n-# {pinned}", colour=SUCCESS_COLOUR)
    await show(interaction, view)


@pin.command(description="Unpin a question")
@app_commands.describe(question="Type words from the question")
@app_commands.autocomplete(question=_complete_question)
async def remove(interaction: Interaction, question: str) -> None:
    """Unpin a question."""
    guild_id = await defer_for_curator(interaction)
    messages = curator_messages(interaction.locale)
    store = interaction.client.curation.store
    removed = await remove_pin(store, guild_id, question)
    line = messages.unpinned.format(shorten(removed.question, 600))
    await show(interaction, container_view(line, colour=SUCCESS_COLOUR))


@pin.command(name="list", description="List the pinned questions")
async def list_pins(interaction: Interaction) -> None:
    """List the pinned questions with their last results."""
    guild_id = await defer_for_curator(interaction)
    messages = curator_messages(interaction.locale)
    pins = await get_pins(interaction.client.curation.store, guild_id)
    lines = [pin_text(each, messages) for each in pins] or [messages.no_pins]
    blocks = fit_blocks([messages.pins_heading, "\n".join(lines)])
    await show(interaction, container_view(*blocks))
