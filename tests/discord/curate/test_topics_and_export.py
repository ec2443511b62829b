"""Open questions by topic, and the export of a server's figures."""

import csv
import io
import time
from pathlib import Path
from typing import Any

import discord
import numpy as np
import pytest

from bot.services.topics import TopicFinder, average_link
from bot.storage.export import without_ids
from bot.storage.unanswered import QuestionGroup, UnansweredQuestion
from bot.text.curator_messages import CuratorMessages
from index.searcher import Searcher
from tests.support.discord_fakes import World
from tests.support.discord_messages import labels, text

STORES = ("sqlite", "postgresql")

MESSAGES = CuratorMessages()
DAY = 24 * 3600
HOCKEY = ["Kdo vyhrál hokej?", "Kdo prohrál hokej?", "Kdo hraje hokej zítra?"]
OTHER = "Jaké bude počasí?"


def group(number: int, question: str, days_ago: int = 0) -> QuestionGroup:
    asked_at = int(time.time()) - days_ago * DAY
    return QuestionGroup((UnansweredQuestion(number, question, "nothing", asked_at),))


async def unanswered(world: World, carol: Any, *pressed: str) -> Any:
    shown = (await carol.slash(world.channel, "curate unanswered")).response
    for label in pressed:
        await world.press(shown, label, carol)
    return shown


async def test_open_questions_are_grouped_by_topic(world: World, carol: Any) -> None:
    for question in (OTHER, *HOCKEY):
        await world.ask(question)
    shown = await unanswered(world, carol, MESSAGES.by_topic)
    blocks = text(shown).split("**")
    assert blocks[0].startswith("### Open questions by topic\n-# 2 topics")
    assert [blocks[1], blocks[3]] == ["Kdo prohrál hokej?", OTHER]
    assert "3 questions · asked 3 times · last 4 weeks: ▁▁▁█ 0 · 0 · 0 · 3" in blocks[2]
    assert "-# Kdo vyhrál hokej?" in blocks[2]


async def test_a_topic_opens_to_its_questions(world: World, carol: Any) -> None:
    for question in (OTHER, *HOCKEY):
        await world.ask(question)
    shown = await unanswered(world, carol, MESSAGES.by_topic, MESSAGES.show_topic.format(1))
    await world.restart()
    assert text(shown).startswith("### Topic: Kdo prohrál hokej?\n-# 3 questions")
    assert OTHER not in text(shown)
    bot: Any = world.env.bot
    (row,) = await bot.answers.store.fetch_all(
        "SELECT id FROM unanswered WHERE question = ?", (HOCKEY[1],)
    )
    await carol.select(shown, [str(row[0])], custom_id="quoth:done:t:0")
    assert "2 questions · asked 2 times" in text(shown)
    await world.press(shown, MESSAGES.most_asked_first, carol)
    assert text(shown).startswith("### Unanswered questions")
    assert MESSAGES.by_topic in labels(shown)


async def test_a_topic_that_was_resolved_leads_back_to_the_list(world: World, carol: Any) -> None:
    await world.ask(OTHER)
    shown = await unanswered(world, carol, MESSAGES.by_topic)
    bot: Any = world.env.bot
    await bot.answers.store.execute("DELETE FROM unanswered")
    await world.press(shown, MESSAGES.show_topic.format(1), carol)
    assert MESSAGES.no_unanswered.splitlines()[1] in text(shown)


async def test_the_trend_counts_the_last_four_weeks(world: World) -> None:
    bot: Any = world.env.bot
    groups = [group(days, HOCKEY[0], days) for days in (0, 6, 8, 20, 27, 29)]
    (topic,) = await bot.topics.find(groups)
    assert topic.weeks == (1, 1, 1, 2)
    assert topic.asked == 6


async def test_the_same_questions_give_the_same_topics(world: World) -> None:
    bot: Any = world.env.bot
    groups = [group(n, question) for n, question in enumerate([*HOCKEY, OTHER] * 3)]
    first = await bot.topics.find(groups)
    assert await bot.topics.find(list(reversed(groups))) == first
    assert await TopicFinder(bot.answers.pool).find(groups) == first
    assert await bot.topics.find([]) == []


def test_average_link_merges_the_most_similar_first() -> None:
    similarities = np.array(
        [[1, 0.9, 0.1, 0.0], [0.9, 1, 0.4, 0.0], [0.1, 0.4, 1, 0.0], [0.0, 0.0, 0.0, 1]],
        np.float32,
    )
    assert average_link(similarities, 0.5) == [[0, 1], [2], [3]]
    assert average_link(similarities, 0.24) == [[0, 1, 2], [3]]
    assert average_link(similarities, -1) == [[0, 1, 2, 3]]


def test_real_questions_fall_into_their_topics(seeds_index: Path) -> None:
    topics = [
        ["How do I reset my password?", "I forgot my password", "change my login password"],
        ["Can I get my money back?", "how do refunds work", "I want a refund for my order"],
        ["How do I install mods?", "mods crash the game on start", "where is the mods folder"],
        ["What is the seed of the world?"],
    ]
    groups = [group(n, each) for n, each in enumerate(sum(zip(*topics[:3], strict=True), ()))]
    groups.append(group(99, topics[3][0]))
    with Searcher.open(seeds_index) as searcher:
        found = TopicFinder.__new__(TopicFinder)
        found._cached, found.clock = {}, time.time
        clusters = [
            sorted(each.newest.question for each in topic.groups)
            for topic in found._find(searcher, groups)
        ]
    assert sorted(clusters) == sorted(map(sorted, topics))


# Export.


async def rows(world: World, carol: Any, name: str) -> list[dict[str, str]]:
    exported = (await carol.slash(world.channel, "curate export")).response
    (attached,) = [each for each in exported.attachments if each.filename == name]
    content = (await attached.read()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


async def test_exports_questions_with_verdicts_and_votes(world: World, carol: Any) -> None:
    answered = await world.ask("Is black tea fermented for hours?")
    await world.press(answered, "👍", world.bob)
    await world.press(answered, "Next passages")
    await world.ask(f"{OTHER} <@{world.bob.id}> <#{world.channel.id}> {world.bob.id}")
    await world.ask('=HYPERLINK("http://evil.example")')
    today = time.strftime("%Y-%m-%d", time.gmtime())
    exported = await rows(world, carol, "questions.csv")
    third, first, second = sorted(exported, key=lambda row: row["question"])
    assert first == {
        "date": today,
        "question": "Is black tea fermented for hours?",
        "wanted": "",
        "verdict": "answered",
        "article": "tea.md",
        "helpful": "1",
        "not_helpful": "0",
        "open": "no",
    }
    assert second["question"] == f"{OTHER} @… #… …"
    assert (second["verdict"], second["open"]) == ("nothing", "yes")
    assert third["question"].startswith("'=HYPERLINK")
    verdicts = await rows(world, carol, "verdicts.csv")
    assert [(each["verdict"], each["questions"]) for each in verdicts] == [
        ("answered", "2"),
        ("nothing", "1"),
    ]
    assert await rows(world, carol, "votes.csv") == [
        {"date": today, "helpful": "1", "not_helpful": "0"}
    ]


async def test_private_questions_are_exported_only_if_listed(world: World, carol: Any) -> None:
    await world.ask("Is black tea fermented for hours?", private=True)
    await world.ask(OTHER, private=True)
    exported = await rows(world, carol, "questions.csv")
    assert [each["question"] for each in exported] == [OTHER]


async def test_the_export_of_a_new_server_has_headers_only(world: World, carol: Any) -> None:
    assert await rows(world, carol, "questions.csv") == []
    assert await rows(world, carol, "votes.csv") == []


async def test_other_servers_are_not_exported(world: World, carol: Any) -> None:
    await world.ask(OTHER)
    other = world.env.create_guild("Other")
    channel = other.create_text_channel("talk")
    role = other.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    dave = other.add_member(world.env.create_user("dave"), roles=[role])
    exported: Any = (await dave.slash(channel, "curate export")).response
    assert OTHER not in str([await each.read() for each in exported.attachments])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<@!123> <@&5> <#6> <a:wave:12345678901234567>", "@… @… #… :wave:"),
        ("https://discord.com/channels/123456789012345678/1", "https://discord.com/channels/…/1"),
        ("In 2019 there were 1234567 visitors", "In 2019 there were 1234567 visitors"),
    ],
)
def test_ids_are_left_out_of_texts(written: str, expected: str) -> None:
    assert without_ids(written) == expected
