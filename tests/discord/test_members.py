import asyncio
from typing import Any

import discord
import pytest

from bot.commands.answers.answer_buttons import ascii_file_name
from bot.questions.context import AskContext
from bot.storage.deletion import delete_member_data
from bot.storage.errors import DatabaseError, StoreProblem
from bot.storage.store import Store
from bot.storage.unanswered import get_question_groups
from bot.storage.votes import Vote
from bot.text.messages import ENGLISH
from index.searcher import MAX_QUESTION_CHARS
from index.types import Metadata, Source
from tests.support.discord_fakes import World
from tests.support.discord_messages import labels, raw, text, texts, walk
from tests.support.fake_searcher import COFFEE, TEA, FakeSearcher
from tests.support.stores import run, tables

STORES = ("sqlite", "postgresql")
QUESTION = "Is black tea fermented for hours?"
NOTHING = "Kdo vyhrál hokej?"


def bot_of(world: World) -> Any:
    return world.env.bot


def fetch_all(world: World, sql: str) -> list[Any]:
    return run(world.store, sql)


def quote_lines(message: Any) -> list[str]:
    return [line for line in texts(message) if line.startswith("> ")]


def buttons(message: Any) -> list[dict[str, Any]]:
    return [each for each in walk(raw(message)) if each["type"] == 2]


def posted_body(world: World) -> Any:
    (request,) = [
        each
        for each in world.env.http_requests
        if each.method == "POST" and each.path == f"/channels/{world.channel.id}/messages"
    ]
    return request.json


# Sharing.


async def test_shared_answer_keeps_its_quotes(world: World) -> None:
    reply = await world.ask(QUESTION, private=True)
    before = quote_lines(reply)
    await world.press(reply, "Share")
    shared = world.channel.last_message
    assert not shared.flags.ephemeral
    assert quote_lines(shared) == before
    assert f"-# Shared by <@{world.alice.id}>" in text(shared)
    assert text(shared).startswith(f"### {QUESTION}")
    assert "Delete" in labels(shared)
    assert posted_body(world)["allowed_mentions"]["parse"] == []


async def test_share_button_is_disabled_after_sharing(world: World) -> None:
    reply = await world.ask(QUESTION, private=True)
    await world.press(reply, "Share")
    button = next(each for each in buttons(reply) if each.get("label") == "Shared")
    assert button["disabled"]
    assert len(world.channel.history()) == 1


async def test_answer_is_shared_only_once(world: World) -> None:
    reply = await world.ask(QUESTION, private=True)
    fetch_all(world, "UPDATE answers SET shared = NOT shared")
    result = await world.press(reply, "Share")
    assert text(result.followups[0]) == ENGLISH.already_shared
    assert world.channel.last_message is None


async def test_public_answer_has_no_share_button(world: World) -> None:
    assert "Share" not in labels(await world.ask(QUESTION))


async def test_next_passages_of_a_public_answer_can_be_shared(world: World) -> None:
    result = await world.press(await world.ask(QUESTION), "Next passages", world.bob)
    await world.press(result.response, "Share", world.bob)
    assert quote_lines(world.channel.last_message) == quote_lines(result.response)
    assert "**4.**" in text(world.channel.last_message)


async def test_answer_is_not_shared_after_its_article_changed(world: World) -> None:
    reply = await world.ask(QUESTION, private=True, source="tea.md")
    world.fake_index.searcher = FakeSearcher(
        "two", {"tea.md": (Metadata("Tea"), TEA.replace("four hours", "five hours"))}
    )
    result = await world.press(reply, "Share")
    assert text(result.followups[0]) == ENGLISH.article_changed
    assert world.channel.last_message is None


async def test_quote_that_fails_verification_is_not_shared(world: World) -> None:
    reply = await world.ask(QUESTION, private=True)
    world.fake_index.searcher.damaged = True
    await world.press(reply, "Share")
    assert world.channel.last_message is None


async def test_failed_sharing_can_be_retried(
    world: World,
) -> None:
    reply = await world.ask(QUESTION, private=True)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    result = await world.press(reply, "Share")
    assert text(result.followups[0]) == ENGLISH.missing_permission
    await world.press(reply, "Share")
    assert "Black tea" in text(world.channel.last_message)


async def test_member_who_cannot_post_cannot_share(world: World) -> None:
    silent = {world.alice: discord.PermissionOverwrite(send_messages=False)}
    channel = world.env.guild.create_text_channel("rules", overwrites=silent)
    reply = (await world.alice.slash(channel, "ask", question=QUESTION, private=True)).response
    result = await world.press(reply, "Share")
    assert text(result.followups[0]) == ENGLISH.cannot_share
    assert channel.last_message is None


# Find in articles.


async def test_find_in_articles_answers_privately(world: World) -> None:
    message = await world.bob.send(world.channel, f"<@{world.alice.id}> is black tea fermented?")
    result = await world.alice.context_menu(world.channel, "Find in articles", message)
    assert result.ephemeral
    assert text(result.response).startswith("### is black tea fermented?")
    assert "Black tea is fermented" in text(result.response)


async def test_shared_result_replies_to_the_message_without_a_ping(
    world: World,
) -> None:
    message = await world.bob.send(world.channel, "is black tea fermented?")
    result = await world.alice.context_menu(world.channel, "Find in articles", message)
    await world.press(result.response, "Share")
    shared = world.channel.last_message
    assert shared.reference.message_id == message.id
    assert posted_body(world)["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert posted_body(world)["message_reference"]["fail_if_not_exists"] is False
    assert world.bob.id not in [member.id for member in shared.mentions]


async def test_find_in_articles_needs_a_message_with_text(world: World) -> None:
    message = await world.bob.send(world.channel, f"<@{world.alice.id}>")
    result = await world.alice.context_menu(world.channel, "Find in articles", message)
    assert text(result.response) == ENGLISH.no_text_to_search


async def test_other_members_messages_are_not_listed_as_unanswered(world: World) -> None:
    message = await world.bob.send(world.channel, NOTHING)
    await world.alice.context_menu(world.channel, "Find in articles", message)
    assert fetch_all(world, "SELECT * FROM unanswered") == []


# Follow-up questions.


async def ask_follow_up(world: World, reply: Any, question: str) -> Any:
    form = await world.press(reply, "Follow-up")
    (field,) = [each["component"] for each in form.modal["components"]]
    return await world.alice.submit_modal(form, {field["custom_id"]: question})


async def test_follow_up_button_uses_the_previous_question(
    world: World,
) -> None:
    result = await ask_follow_up(world, await world.ask(QUESTION), "what about green tea?")
    assert texts(result.response)[0] == (
        "### what about green tea?\n-# I understood this as: “Is green tea fermented for hours?”\n"
        f"-# Asked by <@{world.alice.id}>"
    )
    assert "Green tea is not fermented" in text(result.response)
    assert not result.ephemeral


async def test_follow_up_to_a_private_answer_is_private(world: World) -> None:
    reply = await world.ask(QUESTION, private=True)
    result = await ask_follow_up(world, reply, "what about green tea?")
    assert result.ephemeral
    assert "Share" in labels(result.response)


async def test_follow_up_keeps_the_filters(world: World) -> None:
    reply = await world.ask("Where does coffee grow?", publisher="Bean Post")
    result = await ask_follow_up(world, reply, "Where was tea brought by sailors?")
    assert "Only Bean Post" in text(result.response)
    assert "tea.md" not in text(result.response)


async def test_reply_to_an_answer_uses_its_question(world: World) -> None:
    reply = await world.mention(QUESTION)
    await world.alice.send(world.channel, "what about green tea?", reply_to=reply)
    answer = text(world.channel.last_message)
    assert "I understood this as: “Is green tea fermented for hours?”" in answer
    assert "Green tea is not fermented" in answer


async def test_chain_of_replies_keeps_the_subject(world: World) -> None:
    await world.mention("Who brought tea to Portugal?")
    for question in ("and to Japan?", "and to England?"):
        await world.alice.send(world.channel, question, reply_to=world.channel.last_message)
    assert "I understood this as: “Who brought tea to England?”" in text(world.channel.last_message)


async def test_self_contained_reply_is_not_rewritten(world: World) -> None:
    reply = await world.mention(QUESTION)
    await world.alice.send(world.channel, "Where does coffee grow?", reply_to=reply)
    assert "I understood this as" not in text(world.channel.last_message)


async def test_follow_up_to_a_deleted_answer_is_asked_as_typed(world: World) -> None:
    reply = await world.ask(QUESTION)
    fetch_all(world, "DELETE FROM answers")
    result = await ask_follow_up(world, reply, "Is green tea fermented?")
    assert "Green tea is not" in text(result.response)


async def test_reply_with_hidden_text_gets_instructions(world: World) -> None:
    reply = await world.mention(QUESTION)
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}>", reply_to=reply)  # type: ignore[union-attr]
    assert text(world.channel.last_message) == ENGLISH.cannot_read_replies


# Votes.


async def test_vote_counts_once_and_can_be_changed_or_withdrawn(world: World) -> None:
    reply = await world.ask(QUESTION)
    count = "SELECT count(*) FILTER (WHERE up), count(*) FILTER (WHERE NOT up) FROM votes"
    assert text((await world.press(reply, "👍")).response) == ENGLISH.voted_up
    await world.press(reply, "👍", world.bob)
    assert fetch_all(world, count) == [(2, 0)]
    assert text((await world.press(reply, "👎")).response) == ENGLISH.voted_down
    assert fetch_all(world, count) == [(1, 1)]
    result = await world.press(reply, "👎")
    assert result.ephemeral
    assert text(result.response) == ENGLISH.vote_withdrawn
    assert fetch_all(world, count) == [(1, 0)]


async def test_downvoted_question_is_listed_until_votes_are_withdrawn(
    world: World,
) -> None:
    reply = await world.ask(QUESTION)
    sql = "SELECT question, reason, guild_id, channel_id, message_id FROM unanswered"
    row = (QUESTION, "vote", world.env.guild.id, world.channel.id, reply.id)
    await world.press(reply, "👎")
    await world.press(reply, "👎", world.bob)
    assert fetch_all(world, sql) == [row]
    await world.press(reply, "👍")
    assert fetch_all(world, sql) == [row]
    await world.press(reply, "👍", world.bob)
    assert fetch_all(world, sql) == []


async def test_downvote_can_have_a_comment(world: World) -> None:
    result = await world.press(await world.ask(QUESTION), "👎")
    form = await world.press(result.response, "Say what you wanted")
    (field,) = [each["component"] for each in form.modal["components"]]
    done = await world.alice.submit_modal(form, {field["custom_id"]: "how long for oolong"})
    assert text(done.response) == ENGLISH.feedback_saved
    assert fetch_all(world, "SELECT wanted FROM unanswered") == [("how long for oolong",)]
    assert fetch_all(world, "SELECT wanted FROM votes") == [("how long for oolong",)]


async def test_concurrent_votes_each_count_once(world: World) -> None:
    await world.ask(QUESTION)
    bot: Any = world.env.bot
    answers = bot.answers
    (row,) = await answers.store.fetch_all("SELECT id, guild_id FROM answers")
    votes = (
        answers.vote(row[0], member % 2 == 0, AskContext(row[1], 1, member), 1)
        for member in range(1, 9)
    )
    await asyncio.gather(*votes)
    assert fetch_all(
        world, "SELECT count(*) FILTER (WHERE up), count(*) FILTER (WHERE NOT up) FROM votes"
    ) == [(4, 4)]
    (group,) = await get_question_groups(answers.store, row[1])
    assert len(group.questions) == 1


async def test_double_click_casts_and_withdraws_a_vote(world: World) -> None:
    await world.ask(QUESTION)
    bot: Any = world.env.bot
    answers = bot.answers
    (row,) = await answers.store.fetch_all("SELECT id, guild_id FROM answers")
    context = AskContext(row[1], 1, 5)
    votes = await asyncio.gather(*(answers.vote(row[0], True, context, 1) for _ in range(2)))
    assert sorted(votes) == [Vote.NONE, Vote.UP]
    assert fetch_all(world, "SELECT * FROM votes") == []


async def test_votes_survive_a_restart(world: World) -> None:
    reply = await world.ask(QUESTION)
    await world.press(reply, "👍")
    await world.restart()
    await world.press(reply, "👍")
    assert fetch_all(world, "SELECT * FROM votes") == []


async def test_vote_on_a_private_answer_stores_no_channel(world: World) -> None:
    await world.press(await world.ask(QUESTION, private=True), "👎")
    assert fetch_all(world, "SELECT channel_id, message_id FROM unanswered") == [(None, None)]


# Unanswered questions.


async def test_unanswered_question_is_stored_with_its_message(
    world: World,
) -> None:
    reply = await world.ask(NOTHING)
    sql = "SELECT question, reason, guild_id, channel_id, message_id FROM unanswered"
    row = (NOTHING, "nothing", world.env.guild.id, world.channel.id)
    assert fetch_all(world, sql) == [(*row, reply.id)]
    message = await world.alice.send(
        world.channel,
        f"<@{world.env.bot.user.id}> {NOTHING}",  # type: ignore[union-attr]
    )
    assert fetch_all(world, sql)[1] == (*row, message.id)


async def test_private_unanswered_question_stores_only_its_text(
    world: World,
) -> None:
    await world.ask(NOTHING, private=True)
    sql = "SELECT question, channel_id, message_id FROM unanswered"
    assert fetch_all(world, sql) == [(NOTHING, None, None)]


async def test_direct_messages_are_not_listed_as_unanswered(world: World) -> None:
    await world.alice.send_dm(NOTHING)
    assert fetch_all(world, "SELECT * FROM unanswered") == []


# Filters.


async def test_publisher_and_date_filters_are_applied_and_shown(
    world: World,
) -> None:
    reply = await world.ask("What of tea and coffee?", publisher="tea bord", since="march 2020")
    assert "-# Only Tea Board · since Mar 2020" in text(reply)
    assert "coffee.txt" not in text(reply)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"since": "banana"}, ENGLISH.invalid_date.format("banana")),
        ({"since": "2031"}, ENGLISH.no_articles_since.format("2031")),
        ({"publisher": "Cocoa Times"}, ENGLISH.no_publisher.format("Cocoa Times")),
    ],
)
async def test_filter_without_a_match_gets_a_private_error(
    world: World, options: dict[str, str], line: str
) -> None:
    reply = await world.ask(QUESTION, **options)
    assert text(reply) == line
    assert reply.ephemeral


async def test_empty_question_gets_an_error(world: World) -> None:
    assert text(await world.ask(" \n ")) == ENGLISH.empty_question


async def test_discord_limits_the_length_of_a_question(world: World) -> None:
    (request,) = [each for each in world.env.http_requests if each.method == "PUT"]
    commands: Any = {command["name"]: command for command in request.json or []}
    assert commands["ask"]["options"][0]["max_length"] == MAX_QUESTION_CHARS


async def test_publishers_and_mistyped_titles_are_suggested(world: World) -> None:
    async def suggestions(option: str, typed: str) -> list[str]:
        choices = await world.alice.autocomplete(world.channel, "ask", option, typed, question="q")
        return [choice["value"] for choice in choices]

    assert await suggestions("publisher", "") == ["Bean Post", "Tea Board"]
    assert await suggestions("publisher", "baen") == ["Bean Post"]
    assert await suggestions("source", "cofee") == ["drinks/coffee.txt"]
    assert await suggestions("source", "abuot taa") == []
    assert await suggestions("source", "abuot") == ["tea.md"]


async def test_next_passages_keep_the_filters(world: World) -> None:
    reply = await world.ask("tea leaves", publisher="Tea Board", private=True)
    await world.press(reply, "Next passages")
    assert "Only Tea Board" in text(reply)
    assert "coffee" not in text(reply)


# Sources and whole articles.


async def test_sources_search_tolerates_typos(world: World) -> None:
    result = await world.alice.slash(world.channel, "sources", search="tea bord")
    assert "Articles with “tea bord”" in text(result.response)
    assert "All about tea" in text(result.response)
    assert "Coffee" not in text(result.response)
    no_match = await world.alice.slash(world.channel, "sources", search="quantum **x**")
    assert r"No article has “quantum \*\*x\*\*”" in text(no_match.response)


async def test_pages_of_sources_keep_the_search(world: World) -> None:
    articles = {f"t{n}.txt": (Metadata(f"Tea {n}"), TEA) for n in range(13)}
    articles |= {f"c{n}.txt": (Metadata(f"Coffee {n}"), COFFEE) for n in range(9)}
    world.fake_index.searcher = FakeSearcher("two", articles)
    await world.ask("anything")
    page = (await world.alice.slash(world.channel, "sources", search="coffee")).response
    await world.press(page, "Next page")
    assert "9 articles · page 2 of 2" in text(page)
    assert "Tea" not in text(page)


async def test_long_article_is_available_as_an_exact_text_file(world: World) -> None:
    long = "\n\n".join(f"Paragraph {n} of lions, ‘quoted’. " * 9 for n in range(60))
    world.fake_index.searcher = FakeSearcher(
        "two", {"a b/größe..txt": (Metadata("**Long**"), long)}
    )
    context = await world.press(await world.ask("Where are lions?"), "More context")
    result = await world.press(context.response, "Whole article")
    assert result.ephemeral
    (file,) = result.response.attachments
    assert file.filename == "Long.txt"
    assert await file.read() == long.encode()
    assert r"**\*\*Long\*\***" in text(result.response)


async def test_small_article_has_no_file_button(world: World) -> None:
    context = await world.press(await world.ask(QUESTION), "More context")
    assert "Whole article" not in labels(context.response)


@pytest.mark.parametrize(
    ("title", "path", "name"),
    [
        ("Größe & “Maß”: ../../etc", "a.txt", "Große-Ma-etc.txt".replace("ß", "")),
        ("日本語", "drinks/tea ceremony.txt", "drinks-tea-ceremony.txt"),
        ("日本語", "日本.txt", "article.txt"),
        ("CON " * 40, "a.txt", "CON-" * 14 + "CON.txt"),
    ],
)
def test_file_name_is_short_ascii(title: str, path: str, name: str) -> None:
    assert ascii_file_name(Source(path, Metadata(title), 1, "")) == name


# Help and privacy.


async def test_without_articles_nothing_is_counted_or_offered(world: World) -> None:
    world.fake_index.searcher = FakeSearcher("two", {})
    assert text(await world.ask(QUESTION, private=True)).endswith(ENGLISH.no_articles)
    shown = await world.alice.slash(world.channel, "sources")
    assert text(shown.response) == f"### Articles\n{ENGLISH.no_articles}"


async def test_a_search_without_a_match_has_no_page_numbers(world: World) -> None:
    shown = await world.alice.slash(world.channel, "sources", search="owls")
    heading = ENGLISH.matching_articles.format(search="owls")
    assert text(shown.response) == f"{heading}\n{ENGLISH.no_matching_articles.format('owls')}"


async def test_help_links_the_commands_a_member_may_use(world: World) -> None:
    reply = (await world.alice.slash(world.channel, "help")).response
    assert reply.ephemeral
    assert f"</ask:{world.env.bot.command_ids['ask']}>" in text(reply)  # type: ignore[attr-defined]
    assert "</privacy forget-me:" in text(reply)
    assert "**Apps → Find in articles**" in text(reply)
    assert "curate" not in text(reply)


async def test_help_lists_curator_commands_for_curators(world: World) -> None:
    guild = world.env.guild
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    carol = guild.add_member(world.env.create_user("carol"), roles=[role])
    reply = text((await carol.slash(world.channel, "help")).response)
    members, curators = reply.split(ENGLISH.help_curators)
    assert "</curate rebuild:" in curators
    assert "</settings:" in curators
    assert "</ask:" in members
    assert "/curate" not in members


async def test_privacy_shows_the_retention_time(world: World) -> None:
    reply = (await world.alice.slash(world.channel, "privacy show")).response
    assert reply.ephemeral
    assert "after 30 days" in text(reply)
    assert "{" not in text(reply)


async def test_forget_me_names_buttons_only_with_their_answers(world: World) -> None:
    await world.press(await world.ask(QUESTION), "👍", world.bob)
    result = await world.bob.slash(world.channel, "privacy forget-me")
    assert text(result.response) == "Done. I deleted 1 vote."


async def test_forget_me_deletes_only_the_members_data(world: World) -> None:
    first = await world.ask(QUESTION)
    await world.ask(NOTHING)
    await world.press(first, "👎")
    await world.press(first, "👍", world.bob)
    result = await world.alice.slash(world.channel, "privacy forget-me")
    assert text(result.response) == (
        "Done. I deleted 2 questions and their answers, 2 unanswered questions, 1 vote. "
        "The buttons under those answers no longer work."
    )
    assert fetch_all(world, "SELECT question FROM answers") == []
    assert fetch_all(world, "SELECT question FROM unanswered") == []
    assert fetch_all(world, "SELECT up FROM votes") == [(1,)]
    assert text((await world.press(first, "More context")).response) == ENGLISH.answer_expired


async def test_forget_me_deletes_what_an_answer_adds_meanwhile(world: World) -> None:
    await world.ask(NOTHING)
    store = bot_of(world).answers.store
    await store.execute("DELETE FROM unanswered")
    await store.pseudonymize(1, "")
    async with store.transaction() as connection:
        forgetting = asyncio.create_task(delete_member_data(store, world.alice.id))
        await asyncio.sleep(0.1)  # it has read what it can, and waits for this transaction
        await connection.execute(
            "INSERT INTO unanswered (question, guild_id, reason, asked_at, answer, asker)"
            " SELECT question, guild_id, 'nothing', created, id, asker FROM answers"
        )
    await forgetting
    assert fetch_all(world, "SELECT * FROM unanswered") == []


async def test_forget_me_leaves_other_members_data(world: World) -> None:
    reply = await world.ask(QUESTION)
    result = await world.bob.slash(world.channel, "privacy forget-me")
    assert text(result.response) == ENGLISH.no_data_to_delete
    assert "Black tea" in text((await world.press(reply, "More context")).response)


async def test_no_table_contains_a_members_id_or_name(world: World) -> None:
    reply = await world.ask(QUESTION)
    await world.press(reply, "👎")
    await world.ask(NOTHING)
    for table in tables(world.store):
        rows = fetch_all(world, f'SELECT * FROM "{table}"')  # noqa: S608 - names from the schema
        assert str(world.alice.id) not in str(rows)
        assert world.alice.name not in str(rows)


async def test_full_disk_does_not_prevent_answers(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Any:
        raise DatabaseError("database or disk is full", StoreProblem.FULL)

    monkeypatch.setattr(Store, "transaction", fail)
    slash_reply, reply = await world.ask(QUESTION), await world.mention(QUESTION)
    assert quote_lines(slash_reply) == quote_lines(reply)
    assert quote_lines(reply)
    assert "found nothing" in text(await world.ask(NOTHING))
    assert "found nothing" in text(await world.mention(NOTHING))
    assert "disk is full" in caplog.text
    assert "Traceback" not in caplog.text
    result = await world.press(reply, "👍")
    assert text(result.response) == ENGLISH.store_full


async def test_busy_error_does_not_start_the_cooldown(world: World) -> None:
    bot: Any = world.env.bot
    await bot.answers.guilds.update(world.env.guild.id, cooldown_seconds=60)
    bot.answers.pool.queue_size = 10_000
    assert "busy" in text(await world.ask(QUESTION))
    bot.answers.pool.queue_size = 0
    assert quote_lines(await world.ask(QUESTION))
    assert "again in" in text(await world.ask(QUESTION))
