from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import simcord

from tests.support import discord_fakes

pytest_plugins = ["tests.support.index_fixtures"]  # the index on the project's own seeds


@pytest.fixture
def shelf() -> discord_fakes.Shelf:
    """What is published for the bot to open."""
    return discord_fakes.Shelf(discord_fakes.FakeSearcher())


@pytest.fixture
def simcord_bot(shelf: discord_fakes.Shelf, tmp_path: Path) -> discord.Client:
    """Our client, which simcord's own fixture brings up."""
    return discord_fakes.make_client(shelf, tmp_path / "store.sqlite3")


@pytest.fixture
async def world(
    simcord_env: simcord.Env, shelf: discord_fakes.Shelf, tmp_path: Path
) -> AsyncIterator[discord_fakes.World]:
    """Our bot in a simulated Discord; whatever it sent is held against Discord's limits."""
    guild = simcord_env.create_guild()
    channel = guild.create_text_channel("general")
    alice, bob = (guild.add_member(simcord_env.create_user(name)) for name in ("alice", "bob"))
    store = tmp_path / "store.sqlite3"
    yield discord_fakes.World(simcord_env, channel, alice, bob, shelf, store)
    for request in simcord_env.http_requests:
        if isinstance(request.json, dict):
            body = request.json.get("data") or request.json
            assert discord_fakes.problems(body) == []
            shows = ("content" in body or "components" in body) and "title" not in body
            assert not shows or body["allowed_mentions"]["parse"] == []
