"""Curators in tests of the bot: commands, files and an article that they add."""

from typing import Any

import discord

from index.types import Metadata
from tests.support.discord_fakes import World
from tests.support.fake_searcher import ARTICLES, FakeSearcher

HERBS = "Mint tea is drunk in Morocco.\n\nSage grows wild in Dalmatia."


def add_curator(world: World, guild: Any = None) -> Any:
    """Add a member who may manage the server."""
    guild = guild or world.env.guild
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(world.env.create_user("carol"), roles=[role])


async def curate(world: World, member: Any, command: str, **options: Any) -> Any:
    """Run a command of ``/curate``."""
    return await member.slash(world.channel, f"curate {command}", **options)


def with_herbs() -> FakeSearcher:
    """Search the articles and one about herbs."""
    herbs = (Metadata("All about **herbs**", "Herb Post"), HERBS)
    return FakeSearcher("two", {**ARTICLES, "herbs.md": herbs})


def file(name: str, content: str | bytes = HERBS) -> tuple[str, bytes]:
    """Return a file to attach."""
    return name, content if isinstance(content, bytes) else content.encode()
