import asyncio
import sqlite3
from typing import Any

import discord
import pytest

from bot.commands.answer_buttons import safe_name
from bot.services.search_pool import QueueFull, SearchPool
from bot.storage.database import Store
from bot.storage.unanswered import groups_of
from bot.storage.votes import Vote
from bot.text.context import AskContext
from bot.text.messages import ENGLISH
from index.types import Metadata, Source
from tests.support.discord_fakes import COFFEE, TEA, FakeSearcher, World, labels, raw, text, texts

QUESTION = "Is black tea fermented for hours?"
NOTHING = "Kdo vyhrál hokej?"


def stored(world: World, sql: str) -> list[Any]:
    connection = sqlite3.connect(world.store)
    rows = connection.execute(sql).fetchall()
    connection.close()
    return rows


def quotes(message: Any) -> list[str]:
    return [line for line in texts(message) if line.startswith("> ")]


def sent(world: World) -> Any:
    (request,) = [
        one
        for one in world.env.http_requests
        if one.method == "POST" and one.path == f"/channels/{world.channel.id}/messages"
    ]
    return request.json


# Share


async def test_a_private_answer_is_shared_with_its_quotes_unchanged(world: World) -> None:
    shown = await world.ask(QUESTION, private=True)
    before = quotes(shown)
    await world.press(shown, "Share")
    shared = world.channel.last_message
    assert not shared.flags.ephemeral
    assert quotes(shared) == before
    assert f"-# Shared by <@{world.alice.id}>" in text(shared)
    assert text(shared).startswith(f"### {QUESTION}")
    assert "Delete" in labels(shared)
    assert sent(world)["allowed_mentions"]["parse"] == []


async def test_what_was_shared_says_so_and_is_not_shared_twice(world: World) -> None:
    shown = await world.ask(QUESTION, private=True)
    await world.press(shown, "Share")
    share = next(one for one in walk_buttons(shown) if one.get("label") == "Shared")
    assert share["disabled"]
    assert len(world.channel.history()) == 1


async def test_sharing_twice_at_once_posts_once(world: World) -> None:
    shown = await world.ask(QUESTION, private=True)
    connection = sqlite3.connect(world.store)
    connection.execute("UPDATE answers SET shared = 1")
    connection.commit()
    connection.close()
    result = await world.press(shown, "Share")
    assert text(result.followups[0]) == ENGLISH.shared_already
    assert world.channel.last_message is None


async def test_a_public_answer_has_nothing_to_share(world: World) -> None:
    assert "Share" not in labels(await world.ask(QUESTION))


async def test_the_next_passages_of_a_public_answer_can_be_shared(world: World) -> None:
    result = await world.press(await world.ask(QUESTION), "Next passages", world.bob)
    await world.press(result.response, "Share", world.bob)
    assert quotes(world.channel.last_message) == quotes(result.response)
    assert "**4.**" in text(world.channel.last_message)


async def test_an_answer_whose_article_changed_is_not_shared(world: World) -> None:
    shown = await world.ask(QUESTION, private=True, source="tea.md")
    world.shelf.searcher = FakeSearcher(
        "two", {"tea.md": (Metadata("Tea"), TEA.replace("four hours", "five hours"))}
    )
    result = await world.press(shown, "Share")
    assert text(result.followups[0]) == ENGLISH.changed
    assert world.channel.last_message is None


async def test_a_quote_that_fails_its_check_is_not_shared(world: World) -> None:
    shown = await world.ask(QUESTION, private=True)
    world.shelf.searcher.damaged = True
    await world.press(shown, "Share")
    assert world.channel.last_message is None


async def test_where_the_bot_may_not_write_sharing_says_so_and_can_be_tried_again(
    world: World,
) -> None:
    shown = await world.ask(QUESTION, private=True)
    world.env.inject_error("POST", f"/channels/{world.channel.id}/messages", status=403, code=50013)
    result = await world.press(shown, "Share")
    assert text(result.followups[0]) == ENGLISH.forbidden_here
    await world.press(shown, "Share")
    assert "Black tea" in text(world.channel.last_message)


async def test_a_member_who_may_not_write_here_cannot_have_the_bot_do_it(world: World) -> None:
    silent = {world.alice: discord.PermissionOverwrite(send_messages=False)}
    channel = world.env.guild.create_text_channel("rules", overwrites=silent)
    shown = (await world.alice.slash(channel, "ask", question=QUESTION, private=True)).response
    result = await world.press(shown, "Share")
    assert text(result.followups[0]) == ENGLISH.may_not_share
    assert channel.last_message is None


# Find in articles


async def test_find_in_articles_shows_passages_for_a_message_to_one_member(world: World) -> None:
    asked = await world.bob.send(world.channel, f"<@{world.alice.id}> is black tea fermented?")
    result = await world.alice.context_menu(world.channel, "Find in articles", asked)
    assert result.ephemeral
    assert text(result.response).startswith("### is black tea fermented?")
    assert "Black tea is fermented" in text(result.response)


async def test_sharing_what_was_found_replies_to_that_message_and_pings_nobody(
    world: World,
) -> None:
    asked = await world.bob.send(world.channel, "is black tea fermented?")
    result = await world.alice.context_menu(world.channel, "Find in articles", asked)
    await world.press(result.response, "Share")
    shared = world.channel.last_message
    assert shared.reference.message_id == asked.id
    assert sent(world)["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert sent(world)["message_reference"]["fail_if_not_exists"] is False
    assert world.bob.id not in [one.id for one in shared.mentions]


async def test_find_in_articles_in_a_message_without_text_says_so(world: World) -> None:
    asked = await world.bob.send(world.channel, f"<@{world.alice.id}>")
    result = await world.alice.context_menu(world.channel, "Find in articles", asked)
    assert text(result.response) == ENGLISH.found_nothing_to_search


async def test_what_somebody_else_wrote_is_not_listed_as_unanswered(world: World) -> None:
    asked = await world.bob.send(world.channel, NOTHING)
    await world.alice.context_menu(world.channel, "Find in articles", asked)
    assert stored(world, "SELECT * FROM unanswered") == []


# Follow-up


async def follow(world: World, shown: Any, question: str) -> Any:
    form = await world.press(shown, "Follow-up")
    (field,) = [one["component"] for one in form.modal["components"]]
    return await world.alice.submit_modal(form, {field["custom_id"]: question})


async def test_a_follow_up_by_the_button_is_understood_with_the_question_before(
    world: World,
) -> None:
    result = await follow(world, await world.ask(QUESTION), "what about green tea?")
    assert texts(result.response)[0] == (
        "### what about green tea?\n-# I took this as: “Is green tea fermented for hours?”\n"
        f"-# Asked by <@{world.alice.id}>"
    )
    assert "Green tea is not fermented" in text(result.response)
    assert not result.ephemeral


async def test_a_follow_up_to_a_private_answer_is_private(world: World) -> None:
    shown = await world.ask(QUESTION, private=True)
    result = await follow(world, shown, "what about green tea?")
    assert result.ephemeral
    assert "Share" in labels(result.response)


async def test_a_follow_up_keeps_the_filters(world: World) -> None:
    shown = await world.ask("Where does coffee grow?", publisher="Bean Post")
    result = await follow(world, shown, "Where was tea brought by sailors?")
    assert "Only Bean Post" in text(result.response)
    assert "tea.md" not in text(result.response)


async def test_a_reply_to_an_answer_is_understood_with_its_question(world: World) -> None:
    shown = await world.mention(QUESTION)
    await world.alice.send(world.channel, "what about green tea?", reply_to=shown)
    answer = text(world.channel.last_message)
    assert "I took this as: “Is green tea fermented for hours?”" in answer
    assert "Green tea is not fermented" in answer


async def test_a_chain_of_replies_keeps_its_subject(world: World) -> None:
    await world.mention("Who brought tea to Portugal?")
    for question in ("and to Japan?", "and to England?"):
        await world.alice.send(world.channel, question, reply_to=world.channel.last_message)
    assert "I took this as: “Who brought tea to England?”" in text(world.channel.last_message)


async def test_a_reply_that_stands_alone_is_asked_as_it_is(world: World) -> None:
    shown = await world.mention(QUESTION)
    await world.alice.send(world.channel, "Where does coffee grow?", reply_to=shown)
    assert "I took this as" not in text(world.channel.last_message)


async def test_a_follow_up_to_an_answer_that_is_gone_stands_alone(world: World) -> None:
    shown = await world.ask(QUESTION)
    connection = sqlite3.connect(world.store)
    connection.execute("DELETE FROM answers")
    connection.commit()
    connection.close()
    result = await follow(world, shown, "Is green tea fermented?")
    assert "Green tea is not" in text(result.response)


async def test_a_reply_whose_text_is_not_shown_to_the_bot_is_told_how(world: World) -> None:
    shown = await world.mention(QUESTION)
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}>", reply_to=shown)  # type: ignore[union-attr]
    assert text(world.channel.last_message) == ENGLISH.follow_up_how


# Votes


async def test_a_vote_counts_once_and_can_be_changed_and_taken_back(world: World) -> None:
    shown = await world.ask(QUESTION)
    count = "SELECT sum(up), sum(NOT up) FROM votes"
    assert text((await world.press(shown, "👍")).response) == ENGLISH.voted_up
    await world.press(shown, "👍", world.bob)
    assert stored(world, count) == [(2, 0)]
    assert text((await world.press(shown, "👎")).response) == ENGLISH.voted_down
    assert stored(world, count) == [(1, 1)]
    result = await world.press(shown, "👎")
    assert result.ephemeral
    assert text(result.response) == ENGLISH.vote_gone
    assert stored(world, count) == [(1, 0)]


async def test_a_vote_against_lists_the_question_as_unanswered_until_it_is_taken_back(
    world: World,
) -> None:
    shown = await world.ask(QUESTION)
    listed = "SELECT question, reason, guild_id, channel_id, message_id FROM unanswered"
    row = (QUESTION, "vote", world.env.guild.id, world.channel.id, shown.id)
    await world.press(shown, "👎")
    await world.press(shown, "👎", world.bob)
    assert stored(world, listed) == [row]
    await world.press(shown, "👍")
    assert stored(world, listed) == [row]
    await world.press(shown, "👍", world.bob)
    assert stored(world, listed) == []


async def test_a_vote_against_may_say_what_was_wanted(world: World) -> None:
    result = await world.press(await world.ask(QUESTION), "👎")
    form = await world.press(result.response, "Say what you wanted")
    (field,) = [one["component"] for one in form.modal["components"]]
    done = await world.alice.submit_modal(form, {field["custom_id"]: "how long for oolong"})
    assert text(done.response) == ENGLISH.wanted_noted
    assert stored(world, "SELECT wanted FROM unanswered") == [("how long for oolong",)]
    assert stored(world, "SELECT wanted FROM votes") == [("how long for oolong",)]


async def test_members_who_vote_at_once_each_count_once(world: World) -> None:
    await world.ask(QUESTION)
    bot: Any = world.env.bot
    desk = bot.answers
    (row,) = await desk._store.rows("SELECT id, guild_id FROM answers")
    votes = (
        desk.vote(row[0], member % 2 == 0, AskContext(row[1], 1, member), 1, ENGLISH)
        for member in range(1, 9)
    )
    await asyncio.gather(*votes)
    assert await desk.votes.count(row[0]) == (4, 4)
    (missed,) = await groups_of(desk._store, row[1])
    assert len(missed.every) == 1


async def test_a_double_click_is_a_vote_and_its_taking_back(world: World) -> None:
    await world.ask(QUESTION)
    bot: Any = world.env.bot
    desk = bot.answers
    (row,) = await desk._store.rows("SELECT id, guild_id FROM answers")
    where = AskContext(row[1], 1, 5)
    found = await asyncio.gather(*(desk.vote(row[0], True, where, 1, ENGLISH) for _ in range(2)))
    assert sorted(found) == [Vote.NONE, Vote.UP]
    assert await desk.votes.count(row[0]) == (0, 0)


async def test_votes_survive_a_restart(world: World) -> None:
    shown = await world.ask(QUESTION)
    await world.press(shown, "👍")
    await world.restart()
    await world.press(shown, "👍")
    assert stored(world, "SELECT * FROM votes") == []


async def test_a_vote_on_a_private_answer_does_not_say_where_it_was(world: World) -> None:
    await world.press(await world.ask(QUESTION, private=True), "👎")
    assert stored(world, "SELECT channel_id, message_id FROM unanswered") == [(None, None)]


# Nothing found


async def test_a_question_without_an_answer_is_recorded_with_where_to_jump_to(
    world: World,
) -> None:
    shown = await world.ask(NOTHING)
    listed = "SELECT question, reason, guild_id, channel_id, message_id FROM unanswered"
    row = (NOTHING, "nothing", world.env.guild.id, world.channel.id)
    assert stored(world, listed) == [(*row, shown.id)]
    sent_message = await world.alice.send(
        world.channel,
        f"<@{world.env.bot.user.id}> {NOTHING}",  # type: ignore[union-attr]
    )
    assert stored(world, listed)[1] == (*row, sent_message.id)


async def test_of_a_private_question_without_an_answer_only_the_text_is_recorded(
    world: World,
) -> None:
    await world.ask(NOTHING, private=True)
    listed = "SELECT question, channel_id, message_id FROM unanswered"
    assert stored(world, listed) == [(NOTHING, None, None)]


async def test_of_direct_messages_nothing_is_listed(world: World) -> None:
    await world.alice.send_dm(NOTHING)
    assert stored(world, "SELECT * FROM unanswered") == []


# Filters


async def test_a_publisher_and_a_date_limit_what_may_answer_and_the_answer_says_so(
    world: World,
) -> None:
    shown = await world.ask("What of tea and coffee?", publisher="tea bord", since="march 2020")
    assert "-# Only Tea Board · since Mar 2020" in text(shown)
    assert "coffee.txt" not in text(shown)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"since": "banana"}, ENGLISH.no_date.format("banana")),
        ({"since": "2031"}, ENGLISH.none_since.format("2031")),
        ({"publisher": "Cocoa Times"}, ENGLISH.no_publisher.format("Cocoa Times")),
    ],
)
async def test_a_filter_that_fits_nothing_says_why(
    world: World, options: dict[str, str], line: str
) -> None:
    shown = await world.ask(QUESTION, **options)
    assert text(shown) == line
    assert shown.ephemeral  # nobody else has to read it


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("tea " * 1001, ENGLISH.too_long.format(found=4003, wanted=4000)),
        (" \n ", ENGLISH.no_question),
    ],
)
async def test_a_question_of_no_use_is_told_in_the_members_language(
    world: World, question: str, line: str
) -> None:
    assert text(await world.ask(question)) == line


async def test_publishers_and_mistyped_titles_complete(world: World) -> None:
    async def offered(option: str, typed: str) -> list[str]:
        found = await world.alice.autocomplete(world.channel, "ask", option, typed, question="q")
        return [one["value"] for one in found]

    assert await offered("publisher", "") == ["Bean Post", "Tea Board"]
    assert await offered("publisher", "baen") == ["Bean Post"]
    assert await offered("source", "cofee") == ["drinks/coffee.txt"]
    assert await offered("source", "abuot taa") == []
    assert await offered("source", "abuot") == ["tea.md"]


async def test_next_passages_keep_the_filters(world: World) -> None:
    shown = await world.ask("tea leaves", publisher="Tea Board", private=True)
    await world.press(shown, "Next passages")
    assert "Only Tea Board" in text(shown)
    assert "coffee" not in text(shown)


# Sources, whole articles


async def test_sources_are_searched_by_words_mistyped_too(world: World) -> None:
    found = await world.alice.slash(world.channel, "sources", search="tea bord")
    assert "Articles with “tea bord”" in text(found.response)
    assert "All about tea" in text(found.response)
    assert "Coffee" not in text(found.response)
    none = await world.alice.slash(world.channel, "sources", search="quantum **x**")
    assert r"No article has “quantum \*\*x\*\*”" in text(none.response)


async def test_pages_of_a_search_stay_within_it(world: World) -> None:
    articles = {f"t{n}.txt": (Metadata(f"Tea {n}"), TEA) for n in range(13)}
    articles |= {f"c{n}.txt": (Metadata(f"Coffee {n}"), COFFEE) for n in range(9)}
    world.shelf.searcher = FakeSearcher("two", articles)
    await world.ask("anything")
    page = (await world.alice.slash(world.channel, "sources", search="coffee")).response
    await world.press(page, "Next page")
    assert "9 articles · page 2 of 2" in text(page)
    assert "Tea" not in text(page)


async def test_a_long_article_is_offered_as_a_text_file_word_for_word(world: World) -> None:
    long = "\n\n".join(f"Paragraph {n} of lions, ‘quoted’. " * 9 for n in range(60))
    world.shelf.searcher = FakeSearcher("two", {"a b/größe..txt": (Metadata("**Long**"), long)})
    context = await world.press(await world.ask("Where are lions?"), "More context")
    result = await world.press(context.response, "Whole article")
    assert result.ephemeral
    (file,) = result.response.attachments
    assert file.filename == "Long.txt"
    assert await file.read() == long.encode()
    assert r"**\*\*Long\*\***" in text(result.response)


async def test_a_small_article_needs_no_file(world: World) -> None:
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
def test_a_files_name_is_plain_and_short(title: str, path: str, name: str) -> None:
    assert safe_name(Source(path, Metadata(title), 1, "")) == name


# Help and privacy


async def test_help_lists_what_the_member_may_use_as_links(world: World) -> None:
    shown = (await world.alice.slash(world.channel, "help")).response
    assert shown.ephemeral
    assert f"</ask:{world.env.bot.command_ids['ask']}>" in text(shown)  # type: ignore[attr-defined]
    assert "</privacy forget-me:" in text(shown)
    assert "**Apps → Find in articles**" in text(shown)
    assert "curate" not in text(shown)


async def test_help_lists_more_to_who_manages_the_server(world: World) -> None:
    guild = world.env.guild
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    carol = guild.add_member(world.env.create_user("carol"), roles=[role])
    shown = text((await carol.slash(world.channel, "help")).response)
    members, curators = shown.split(ENGLISH.help_curators)
    assert "</curate rebuild:" in curators
    assert "</settings:" in curators
    assert "</ask:" in members
    assert "/curate" not in members


async def test_privacy_says_what_is_kept_and_for_how_long(world: World) -> None:
    shown = (await world.alice.slash(world.channel, "privacy show")).response
    assert shown.ephemeral
    assert "after 30 days" in text(shown)
    assert "{" not in text(shown)


async def test_forget_me_deletes_what_is_a_members_own_and_says_what_went(world: World) -> None:
    first = await world.ask(QUESTION)
    await world.ask(NOTHING)
    await world.press(first, "👎")
    await world.press(first, "👍", world.bob)
    result = await world.alice.slash(world.channel, "privacy forget-me")
    assert text(result.response) == ENGLISH.forgotten.format(
        "2 questions with their answers, 2 questions without an answer, 1 vote"
    )
    assert stored(world, "SELECT question FROM answers") == []
    assert stored(world, "SELECT question FROM unanswered") == []
    assert stored(world, "SELECT up FROM votes") == [(1,)]
    assert text((await world.press(first, "More context")).response) == ENGLISH.gone


async def test_forget_me_of_another_member_leaves_mine(world: World) -> None:
    shown = await world.ask(QUESTION)
    result = await world.bob.slash(world.channel, "privacy forget-me")
    assert text(result.response) == ENGLISH.forgotten_nothing
    assert "Black tea" in text((await world.press(shown, "More context")).response)


async def test_no_table_holds_a_members_id(world: World) -> None:
    shown = await world.ask(QUESTION)
    await world.press(shown, "👎")
    await world.ask(NOTHING)
    tables = [
        name for (name,) in stored(world, "SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    for table in tables:
        rows = stored(world, f'SELECT * FROM "{table}"')  # noqa: S608 - names from the file itself
        assert str(world.alice.id) not in str(rows)
        assert world.alice.name not in str(rows)


def walk_buttons(message: Any) -> list[dict[str, Any]]:
    from tests.support.discord_fakes import walk

    return [one for one in walk(raw(message)) if one["type"] == 2]


async def test_a_store_that_cannot_be_written_costs_no_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: Store) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Store, "writing", full)
    asked, said = await world.ask(QUESTION), await world.mention(QUESTION)
    assert quotes(asked) == quotes(said)
    assert quotes(said)
    assert "found nothing" in text(await world.ask(NOTHING))
    assert "found nothing" in text(await world.mention(NOTHING))
    assert "disk is full" in caplog.text
    assert "Traceback" not in caplog.text
    told = await world.press(said, "👍")
    assert ENGLISH.gone in text(told.response)


async def test_who_was_told_that_the_bot_is_busy_may_ask_again_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object, **__: object) -> Any:
        raise QueueFull(32)

    bot: Any = world.env.bot
    await bot.answers.servers.change(world.env.guild.id, cooldown_seconds=60)
    with monkeypatch.context() as patch:
        patch.setattr(SearchPool, "ask", busy)
        assert "busy" in text(await world.ask(QUESTION))
    assert quotes(await world.ask(QUESTION))
    assert "again in" in text(await world.ask(QUESTION))
