"""Scenes of people for ``draw.py``: a quoted message, a question to people, a change."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import simcord

from bot.app.client import QuothBot

HELP = "Take your key card to the desk on the second floor. They unlock it within a minute."
QUESTION = "Where is my key card unlocked?"


async def draw_people(
    env: simcord.Env, client: QuothBot, seeds: Path, shoot: Callable[..., Awaitable[None]]
) -> None:
    """Draw a question handed to people, the helper's answer quoted, and a changed quotation."""
    guild = env.create_guild("Newsroom")
    channel = guild.create_text_channel("help")
    manager = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    helpers = guild.create_role("Helpers", mentionable=True)
    alice = guild.add_member(env.create_user("alice"))
    bob = guild.add_member(env.create_user("bob"), roles=[helpers])
    carol = guild.add_member(env.create_user("carol"), roles=[manager])
    await client.answers.guilds.update(guild.id, helper_role=(helpers.id,), quotes=1)
    asked: Any = await alice.slash(channel, "ask", question=QUESTION)
    pressed: Any = await alice.click(asked.response, label="Ask a person")
    bot_channel: Any = client.get_channel(channel.id)
    posted = await bot_channel.fetch_message(channel.threads[0].id)
    await shoot(env, channel, alice, SimpleNamespace(response=posted), "ask-person.png")
    await alice.click(pressed.response, label="Tell me when an article answers it")
    answer = await bob.send(channel, HELP)
    form = await carol.context_menu(channel, "Quote this", answer)
    quoted = await carol.submit_modal(form, {"title": "Key cards"})
    await shoot(env, channel, carol, quoted, "quoted.png")
    await shoot(env, channel, bob, SimpleNamespace(response=channel.last_message), "author.png")
    asked = await alice.slash(channel, "ask", question="Who unlocks a key card within a minute?")
    await _change(seeds, guild.id, answer.id)
    await carol.slash(channel, "curate rebuild")
    await client.background.mark_changed_quotes()
    await env.settle()
    changed = SimpleNamespace(response=await bot_channel.fetch_message(asked.response.id))
    await shoot(env, channel, alice, changed, "changed.png")


async def _change(seeds: Path, guild: int, message: int) -> None:
    path = seeds / f"discord-server-{guild}" / f"{message}.md"
    path.write_text(path.read_text("utf-8").replace("second floor", "ground floor"), "utf-8")
