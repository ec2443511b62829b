"""A gateway that tells less than Discord's: no server, no channel, no thread, half a message."""

from typing import Any

from bot.texts.words import ENGLISH
from discord_fakes import World, text

QUESTION = "Is black tea fermented for hours?"


def bot_of(world: World) -> Any:
    return world.env.bot


def forget_server(world: World) -> None:
    """As if the bot had never been told of it."""
    bot_of(world)._connection._remove_guild(bot_of(world).get_guild(world.env.guild.id))


async def test_in_a_server_that_is_not_known_it_answers_mentions_alone(world: World) -> None:
    forget_server(world)
    sent = await world.alice.send(world.channel, QUESTION)
    assert world.channel.last_message.id == sent.id
    assert "Black tea is fermented" in text(await world.mention(QUESTION))


async def test_an_answer_in_a_server_that_is_not_known_belongs_to_it(world: World) -> None:
    forget_server(world)
    shown = await world.mention(QUESTION)
    opened = await world.press(shown, "More context")
    assert "Paragraph 2" in text(opened.response)


async def test_a_thread_that_is_not_known_is_one_of_its_channel(world: World) -> None:
    first = await world.alice.send(world.channel, "Let us talk of tea")
    await first.create_thread(name="tea")
    (thread,) = world.channel.threads
    other = world.env.guild.create_text_channel("other")
    forget_server(world)
    servers, guild = bot_of(world).desk.servers, world.env.guild.id
    await servers.change(guild, channels=(other.id,))
    sent = await world.alice.send(thread, f"<@{bot_of(world).user.id}> {QUESTION}")
    assert thread.last_message.id == sent.id
    await servers.change(guild, channels=(world.channel.id,))
    await world.alice.send(thread, f"<@{bot_of(world).user.id}> {QUESTION}")
    assert "Black tea is fermented" in text(thread.last_message)


async def test_a_mention_that_stands_in_the_text_alone_counts(world: World) -> None:
    connection, parsed = bot_of(world)._connection, []
    real = connection.parsers["MESSAGE_CREATE"]

    def without_mentions(data: Any) -> None:
        parsed.append(data)
        real({**data, "mentions": []})

    connection.parsers["MESSAGE_CREATE"] = without_mentions
    assert "Black tea is fermented" in text(await world.mention(QUESTION))
    assert parsed[0]["mentions"]
