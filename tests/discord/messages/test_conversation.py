"""Test what people write to a bot: small talk, replies to others, forwards, corrections."""

from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.text.messages import ENGLISH, messages_for
from index.types import Metadata
from tests.discord.test_members import fetch_all
from tests.discord.transport.test_partial_gateway import alter_event
from tests.support.discord_fakes import World
from tests.support.discord_messages import labels, text
from tests.support.fake_searcher import FakeSearcher

QUESTION = "Is black tea fermented for hours?"
BLACK_TEA = "Black tea is fermented"


def bot_of(world: World) -> Any:
    return world.env.bot


def mention_of(world: World) -> str:
    return f"<@{bot_of(world).user.id}>"


def reply_texts(world: World) -> list[str]:
    return [text(each) for each in world.channel.history() if each.author.bot]


def reactions(message: Any) -> list[str]:
    return [str(reaction.emoji) for reaction in message.reactions]


def show_replied_text(world: World, content: str) -> None:
    """Let Discord show the bot the text of the messages that members reply to."""

    def change(data: dict[str, Any]) -> dict[str, Any]:
        referenced = data.get("referenced_message")
        return {**data, "referenced_message": referenced and {**referenced, "content": content}}

    alter_event(world, "MESSAGE_CREATE", change)


# Small talk.


@pytest.mark.parametrize(
    "thanks", ["thanks!", "👍", "ok cool", "thx that helped a lot", "<:ty:12>"]
)
async def test_thanks_get_a_reaction_and_no_message(world: World, thanks: str) -> None:
    sent = await world.mention(thanks)
    assert sent.author.id == world.alice.id
    assert reactions(sent) == ["💙"]


async def test_thanks_in_a_reply_get_a_reaction(world: World) -> None:
    reply = await world.mention(QUESTION)
    sent = await world.alice.send(world.channel, "perfect, thank you", reply_to=reply)
    assert reactions(world.channel.last_message) == ["💙"]
    assert world.channel.last_message.id == sent.id


async def test_thanks_without_permission_to_react_get_nothing(world: World) -> None:
    world.env.inject_error("PUT", "/channels/*/messages/*/reactions/*/@me", status=403, code=50013)
    sent = await world.mention("thanks")
    assert sent.author.id == world.alice.id


@pytest.mark.parametrize("question", ["who are you?", "What can you do", "help"])
async def test_questions_about_the_bot_get_the_help(world: World, question: str) -> None:
    shown = text(await world.mention(question))
    assert ENGLISH.help_introduction in shown
    assert "/ask" in shown
    assert "/curate" not in shown
    slash_reply = await world.ask(question)
    assert slash_reply.ephemeral
    assert ENGLISH.help_introduction in text(slash_reply)


async def test_greetings_fit_the_place(world: World) -> None:
    assert text(await world.mention("hello there")) == ENGLISH.greeting
    await world.alice.send_dm("hello")
    assert text(world.alice.user.dm_channel.last_message) == ENGLISH.greeting_direct
    assert text(await world.ask("hello")) == ENGLISH.greeting
    assert text(await world.ask("thank you")) == ENGLISH.acknowledgement


async def test_small_talk_in_the_servers_language_is_known(world: World) -> None:
    bot_of(world).get_guild(world.env.guild.id).preferred_locale = discord.Locale.german
    assert text(await world.mention("Guten Tag!")) == messages_for(discord.Locale.german).greeting
    assert reactions(await world.mention("vielen Dank für die Hilfe")) == ["💙"]


async def test_small_talk_is_not_counted_as_a_question(world: World) -> None:
    await world.mention("hello")
    await world.mention("thanks")
    assert fetch_all(world, "SELECT * FROM asked") == []


# Replies to other members, and mentions of the role.


@pytest.mark.parametrize("words", ["", "can you answer this?", "please help", "^", "any ideas?"])
async def test_a_mention_in_a_reply_means_that_question(world: World, words: str) -> None:
    asked = await world.bob.send(world.channel, QUESTION)
    show_replied_text(world, QUESTION)
    await world.alice.send(world.channel, f"{mention_of(world)} {words}", reply_to=asked)
    assert BLACK_TEA in text(world.channel.last_message)


async def test_a_question_in_a_reply_comes_first(world: World) -> None:
    asked = await world.bob.send(world.channel, QUESTION)
    show_replied_text(world, QUESTION)
    question = "Where does coffee grow?"
    await world.alice.send(world.channel, f"{mention_of(world)} {question}", reply_to=asked)
    assert "between the tropics" in text(world.channel.last_message)


async def test_hidden_text_of_a_reply_is_explained(world: World) -> None:
    asked = await world.bob.send(world.channel, QUESTION)
    await world.alice.send(world.channel, mention_of(world), reply_to=asked)
    expected = ENGLISH.cannot_read_message.format("Find in articles")
    assert text(world.channel.last_message) == expected


async def test_questions_of_others_are_not_listed_as_unanswered(world: World) -> None:
    asked = await world.bob.send(world.channel, "Kdo vyhrál hokej?")
    show_replied_text(world, "Kdo vyhrál hokej?")
    await world.alice.send(world.channel, mention_of(world), reply_to=asked)
    assert "found nothing" in text(world.channel.last_message)
    assert fetch_all(world, "SELECT * FROM unanswered") == []


# Texts to search for.


async def test_a_forwarded_message_is_a_question_in_a_dm(world: World) -> None:
    asked = await world.bob.send(world.channel, QUESTION)
    await world.alice.send_dm("hello")
    await world.alice.forward(asked, world.alice.user.dm_channel)
    assert BLACK_TEA in text(world.alice.user.dm_channel.last_message)


async def test_find_in_articles_reads_forwarded_messages(world: World) -> None:
    asked = await world.bob.send(world.channel, QUESTION)
    forwarded = await world.bob.forward(asked, world.channel)
    result = await world.alice.context_menu(world.channel, "Find in articles", forwarded)
    assert BLACK_TEA in text(result.response)


async def test_find_in_articles_reads_embeds(world: World) -> None:
    bot = bot_of(world)
    embed = discord.Embed(title="Ticket 12").add_field(name="Question", value=QUESTION)
    sent = await bot.get_channel(world.channel.id).send(embed=embed)
    result = await world.alice.context_menu(world.channel, "Find in articles", sent)
    assert text(result.response).startswith(f"### Ticket 12 Question {QUESTION}")
    assert BLACK_TEA in text(result.response)


async def test_find_in_articles_reads_components_and_polls(world: World) -> None:
    channel = bot_of(world).get_channel(world.channel.id)
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.Container(discord.ui.TextDisplay(QUESTION)))
    result = await world.alice.context_menu(
        world.channel, "Find in articles", await channel.send(view=view)
    )
    assert BLACK_TEA in text(result.response)
    poll = discord.Poll(QUESTION, timedelta(hours=1)).add_answer(text="yes").add_answer(text="no")
    result = await world.alice.context_menu(
        world.channel, "Find in articles", await channel.send(poll=poll)
    )
    assert BLACK_TEA in text(result.response)


async def test_find_in_articles_finds_no_question_in_thanks(world: World) -> None:
    message = await world.bob.send(world.channel, "thanks a lot!")
    result = await world.alice.context_menu(world.channel, "Find in articles", message)
    assert text(result.response) == ENGLISH.no_text_to_search


async def test_find_in_articles_reads_long_text_without_spaces(world: World) -> None:
    metadata = Metadata("お茶")
    world.fake_index.searcher = FakeSearcher(
        "two", {"tea.txt": (metadata, "お茶は体に良い。" * 30)}
    )
    message = await world.bob.send(world.channel, "お茶は体に良い。" * 200)
    result = await world.alice.context_menu(world.channel, "Find in articles", message)
    assert text(result.response) != ENGLISH.no_text_to_search
    assert "お茶は体に良い。" in text(result.response)


# Follow-ups without a reply.


async def test_a_fragment_builds_on_the_members_last_answer(world: World) -> None:
    await world.mention("Is black tea fermented?")
    shown = text(await world.mention("ok, and green tea?"))
    assert "I understood this as: “Is green tea fermented?”" in shown


async def test_a_fragment_in_a_dm_builds_on_the_last_answer(world: World) -> None:
    await world.alice.send_dm("Is black tea fermented?")
    await world.alice.send_dm("what about green tea")
    shown = text(world.alice.user.dm_channel.last_message)
    assert "“Is green tea fermented?”" in shown


async def test_a_fragment_does_not_build_on_others_answers(world: World) -> None:
    await world.mention("Is black tea fermented?")
    await world.bob.send(world.channel, f"{mention_of(world)} and green tea?")
    assert "I understood" not in text(world.channel.last_message)


async def test_a_full_question_does_not_build_on_the_last_one(world: World) -> None:
    await world.mention("Is black tea fermented?")
    assert "I understood" not in text(await world.mention("Where does coffee grow?"))


async def test_a_corrected_fragment_builds_on_the_same_answer(world: World) -> None:
    await world.mention("Is black tea fermented?")
    sent = await world.alice.send(world.channel, f"{mention_of(world)} and coffee?")
    await world.alice.edit(sent, f"{mention_of(world)} and green tea?")
    assert "“Is green tea fermented?”" in text(world.channel.last_message)


# Corrections.


async def test_a_corrected_question_changes_its_answer(world: World) -> None:
    sent = await world.alice.send(world.channel, f"{mention_of(world)} Kdo vyhrál hokej?")
    assert "between the tropics" not in text(world.channel.last_message)
    await world.alice.edit(sent, f"{mention_of(world)} Where does coffee grow?")
    (reply,) = reply_texts(world)
    assert "between the tropics" in reply
    assert len(fetch_all(world, "SELECT * FROM answers")) == 1
    assert fetch_all(world, "SELECT * FROM unanswered") == []
    assert "Delete" in labels(world.channel.last_message)


async def test_an_edit_that_mentions_the_bot_is_a_question(world: World) -> None:
    sent = await world.alice.send(world.channel, QUESTION)
    await world.alice.edit(sent, f"{mention_of(world)} {QUESTION}")
    (reply,) = reply_texts(world)
    assert BLACK_TEA in reply


async def test_a_question_added_to_a_greeting_is_answered(world: World) -> None:
    sent = await world.alice.send(world.channel, mention_of(world))
    await world.alice.edit(sent, f"{mention_of(world)} {QUESTION}")
    (reply,) = reply_texts(world)
    assert BLACK_TEA in reply


async def test_a_correction_of_a_deleted_answer_is_answered(world: World) -> None:
    sent = await world.alice.send(world.channel, f"{mention_of(world)} Kdo vyhrál hokej?")
    await world.press(world.channel.last_message, "Delete")
    await world.alice.edit(sent, f"{mention_of(world)} {QUESTION}")
    (reply,) = reply_texts(world)
    assert BLACK_TEA in reply


async def test_edits_that_change_no_text_are_ignored(world: World) -> None:
    sent = await world.alice.send(world.channel, f"{mention_of(world)} {QUESTION}")
    before = len(world.env.http_requests)
    await world.alice.edit(sent, f"{mention_of(world)} {QUESTION}")
    assert len(world.env.http_requests) == before


async def test_late_edits_are_ignored(world: World) -> None:
    sent = await world.alice.send(world.channel, f"{mention_of(world)} {QUESTION}")

    def edited_late(data: dict[str, Any]) -> dict[str, Any]:
        late = sent.created_at + timedelta(seconds=61)
        return {**data, "edited_timestamp": late.isoformat()}

    alter_event(world, "MESSAGE_UPDATE", edited_late)
    await world.alice.edit(sent, f"{mention_of(world)} Where does coffee grow?")
    (reply,) = reply_texts(world)
    assert BLACK_TEA in reply


async def test_a_corrected_direct_message_changes_its_answer(world: World) -> None:
    sent = await world.alice.send_dm("Kdo vyhrál hokej?")
    channel = world.alice.user.dm_channel
    world.env.backend.edit_message(channel.id, sent.id, {"content": QUESTION})
    await world.env.settle()
    replies = [text(each) for each in channel.history() if each.author.bot]
    assert len(replies) == 1
    assert BLACK_TEA in replies[0]


async def test_a_correction_is_no_second_question_in_the_cooldown(world: World) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, cooldown_seconds=60)
    sent = await world.alice.send(world.channel, f"{mention_of(world)} Kdo vyhrál hokej?")
    await world.alice.edit(sent, f"{mention_of(world)} {QUESTION}")
    (reply,) = reply_texts(world)
    assert BLACK_TEA in reply


@pytest.mark.parametrize("threads", [False, True])
async def test_a_correction_after_an_error_gets_its_own_reply(world: World, threads: bool) -> None:
    await bot_of(world).answers.guilds.update(world.env.guild.id, threads=threads)
    world.fake_index.searcher.damaged = True
    sent = await world.alice.send(world.channel, f"{mention_of(world)} {QUESTION}")
    world.fake_index.searcher.damaged = False
    await world.alice.edit(sent, f"{mention_of(world)} Where does coffee grow?")
    first, second = (
        each.json["nonce"]
        for each in world.env.http_requests
        if each.method == "POST" and each.path.endswith("/messages") and each.json
    )
    assert (first, second.startswith(f"{first}-")) == (str(sent.id), True)
    (place,) = world.channel.threads if threads else (world.channel,)
    assert "between the tropics" in text(place.last_message)


async def test_an_error_after_a_correction_replaces_the_answer(world: World) -> None:
    sent = await world.alice.send(world.channel, f"{mention_of(world)} {QUESTION}")
    world.fake_index.searcher.damaged = True
    await world.alice.edit(sent, f"{mention_of(world)} Where does coffee grow?")
    (reply,) = reply_texts(world)
    assert "does not contain the quote" in reply
