from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import simcord
from hypothesis import settings

from tests.support import discord_fakes

# A busy machine makes any single example slow.
settings.register_profile("quoth", deadline=None)
settings.load_profile("quoth")

pytest_plugins = [
    "tests.support.index_fixtures",  # the index on the project's own seeds
    "tests.support.cluster",  # PostgreSQL and Milvus
]


@pytest.fixture
def fake_index() -> discord_fakes.FakeIndex:
    """The index that the bot opens."""
    return discord_fakes.FakeIndex(discord_fakes.FakeSearcher())


@pytest.fixture
def simcord_bot(fake_index: discord_fakes.FakeIndex, tmp_path: Path) -> discord.Client:
    """The client that simcord's own fixture starts."""
    return discord_fakes.make_client(fake_index, tmp_path / "store.sqlite3")


@pytest.fixture
async def world(
    simcord_env: simcord.Env, fake_index: discord_fakes.FakeIndex, tmp_path: Path
) -> AsyncIterator[discord_fakes.World]:
    """The bot in a simulated Discord; everything it sent is checked against Discord's limits."""
    guild = simcord_env.create_guild()
    channel = guild.create_text_channel("general")
    alice, bob = (guild.add_member(simcord_env.create_user(name)) for name in ("alice", "bob"))
    store = tmp_path / "store.sqlite3"
    yield discord_fakes.World(simcord_env, channel, alice, bob, fake_index, store)
    # Errors of commands are reported to the member, and the tests check how.
    reported = discord.app_commands.CommandInvokeError
    assert [error for error in simcord_env.errors if not isinstance(error, reported)] == []
    for request in simcord_env.http_requests:
        if isinstance(request.json, dict):
            body = request.json.get("data") or request.json
            assert discord_fakes.problems(body) == []
            shows = ("content" in body or "components" in body) and "title" not in body
            assert not shows or body["allowed_mentions"]["parse"] == []
