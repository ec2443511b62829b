"""What the buttons under answers do: context, whole articles, turning pages, deleting."""

import io
import re
import unicodedata
from typing import Any

import discord

from bot.commands.respond import is_private
from bot.text.context import context_of
from bot.text.discord_markdown import escape
from bot.text.messages import messages_for
from bot.ui.answer_buttons import Delete, MoreContext, ReadOn, TurnPage, WholeArticle
from bot.ui.answer_view import AnswerFrame, answer_view, reading_view, show
from bot.ui.discord_compat import LARGEST_FILE, AttachedFile
from bot.ui.persistent import pressed
from index.errors import QuestionError
from index.types import Source, slug

_LONGEST_NAME = 60


@pressed(MoreContext)
async def more_context(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """A new private message."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await _read(interaction, state["answer"], int(state["number"]), 0)


@pressed(ReadOn)
async def read_on(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """The page takes the place of the one before."""
    await interaction.response.defer()
    await _read(interaction, state["answer"], int(state["number"]), int(state["page"]))


@pressed(WholeArticle)
async def whole_article(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """A private message with the article's text as a file, byte for byte what is quoted from."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    words, where = messages_for(interaction.locale), context_of(interaction)
    source, text = await interaction.client.answers.text(
        state["answer"], int(state["number"]), words, where
    )
    content = text.encode("utf-8", "replace")
    if len(content) > LARGEST_FILE:
        raise QuestionError(words.too_large)
    file = AttachedFile(io.BytesIO(content), filename=safe_name(source))
    line = words.whole_file.format(escape(source.metadata.title[:300]))
    await interaction.edit_original_response(content=line, attachments=[file])


@pressed(TurnPage)
async def turn_page(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """In place where only this member sees it, else in a new private message."""
    words = messages_for(interaction.locale)
    await _defer_page(interaction)
    where = context_of(interaction, private=True)
    page = await interaction.client.answers.turn(state["answer"], int(state["skip"]), words, where)
    frame = AnswerFrame(share=interaction.guild_id is not None)
    await show(interaction, answer_view(page, words, frame))


@pressed(Delete)
async def delete(interaction: discord.Interaction[Any], state: dict[str, str]) -> None:
    """Others are told, privately, who can."""
    asked = interaction.user.id == int(state["asker"])
    if not (asked or interaction.permissions.manage_messages):
        line = messages_for(interaction.locale).not_yours
        await interaction.response.send_message(line, ephemeral=True)
        return
    await interaction.response.defer()
    await interaction.delete_original_response()
    await interaction.client.answers.forget(state["answer"])


def safe_name(source: Source) -> str:
    """A file name of plain letters: the title, the path where that has none, or "article"."""
    names = map(_plain, (source.metadata.title, slug(source.path)))
    return f"{next(filter(None, names), 'article')}.txt"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")[:_LONGEST_NAME].strip("-")


async def _read(interaction: discord.Interaction[Any], answer: str, number: int, page: int) -> None:
    words, where = messages_for(interaction.locale), context_of(interaction)
    reading = await interaction.client.answers.read(answer, number, page, words, where)
    await show(interaction, reading_view(answer, number, reading, words))


async def _defer_page(interaction: discord.Interaction[Any]) -> None:
    if is_private(interaction):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)
