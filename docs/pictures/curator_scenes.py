"""Scenes of curators for ``draw.py``: real articles, invented questions and votes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import discord
import simcord

from bot.app.client import QuothBot
from bot.commands.curate.source_reports import report_view
from bot.services.curation import PinCheck
from bot.services.followed_sources import SourceReport
from bot.services.rebuild import OnRebuildStep, RebuildStep
from bot.storage.pins import Pin, PinChange, PinResult
from bot.storage.usage import today
from bot.text.curator_messages import curator_messages
from index.build.embeddings import EncodingReport
from index.build.pipeline import BuildReport, Changes
from index.sources.followed import FollowedSource, SourceKind
from index.sources.ledger import SourceState
from index.sources.staging import FileChange, Plan
from index.store.manifest import Counts
from index.types import Verdict

DAY_SECONDS = 24 * 3600
QUESTIONS = {
    "Who pays for the rebuilding of Mosul?": 3,
    "How many fighters are in prisons near Raqqa?": 2,
    "Who commands Operation Inherent Resolve?": 1,
}
GUIDE = b"""# House rules

Be kind to each other. Questions about the news belong in the news channel.

Moderators answer within a day.
"""


async def draw_curators(
    env: simcord.Env, client: QuothBot, shoot: Callable[..., Awaitable[None]]
) -> None:
    """Draw statistics, unanswered questions, settings, a rebuild and its result."""
    guild = env.create_guild("Newsroom")
    channel = guild.create_text_channel("curators")
    role = guild.create_role("Curators", permissions=discord.Permissions(manage_guild=True))
    carol = guild.add_member(env.create_user("carol"), roles=[role])
    await _invent_data(client, guild.id, channel.id, int(env.now().timestamp()))
    shown: Any
    for name in ("stats", "unanswered"):
        shown = await carol.slash(channel, f"curate {name}")
        await shoot(env, channel, carol, shown, f"{name}.png")
    client.topics.clock = lambda: env.now().timestamp()
    shown = await carol.slash(channel, "curate unanswered")
    await carol.click(shown.response, label="By topic")
    await shoot(env, channel, carol, shown, "topics.png")
    shown = await carol.slash(channel, "settings")
    await shoot(env, channel, carol, shown, "settings.png")
    for question in ("When could ISIS resurge in Syria?", "Where do news questions belong?"):
        await carol.slash(channel, "curate pin add", question=question)
    gate = asyncio.Event()
    rebuilder = client.curation.rebuilder
    client.curation.rebuilder = type(rebuilder)(_unfinished_build(env, client, gate))
    shown = await carol.slash(channel, "curate rebuild")
    await shoot(env, channel, carol, shown, "rebuild.png")
    gate.set()
    await env.settle()
    client.curation.rebuilder = rebuilder
    shown = await carol.slash(channel, "curate add", file=("house-rules.md", GUIDE))
    await shoot(env, channel, carol, shown, "rebuilt.png")


async def draw_source_report(
    env: simcord.Env, client: QuothBot, shoot: Callable[..., Awaitable[None]]
) -> None:
    """Draw a report about changes that wait for approval."""
    guild = env.create_guild("Museum")
    channel = guild.create_text_channel("articles")
    carol = guild.add_member(env.create_user("carol"))
    view = report_view(_invented_report(guild.id), guild.id, curator_messages(None))
    await client.get_partial_messageable(channel.id).send(view=view)
    shown = SimpleNamespace(response=channel.last_message)
    await shoot(env, channel, carol, shown, "source-report.png")


def _invented_report(guild_id: int) -> SourceReport:
    url = "https://docs.museum.example/guide/"
    source = FollowedSource("docs-museum-example-guide", url, SourceKind.SECTION)
    changes = (
        FileChange("guide/opening-hours.md", "", "new", "old"),
        FileChange("guide/tickets.md", "", "new", "old"),
        FileChange("guide/new-hall.md", "", "new", None),
    )
    plan = Plan(source.name, SourceState(), changes)
    quotes = (
        "From November to March the museum closes at 17:30.",
        "From November to March the museum closes at 18:00.",
    )
    before, now = (PinResult(Verdict.ANSWERED, "guide/opening-hours.md", quote) for quote in quotes)
    pin = Pin(1, "When does the museum close in winter?", before)
    pins = {guild_id: PinCheck(4, (PinChange(pin, now),))}
    problems = (f"{url}shop: the server answered 500 (Internal Server Error)",)
    return SourceReport(source, plan, "0" * 12, 0.031, pins, problems)


def _unfinished_build(
    env: simcord.Env, client: QuothBot, gate: asyncio.Event
) -> Callable[[OnRebuildStep], Awaitable[BuildReport]]:
    """Return a build function that pauses halfway until ``gate`` is set."""
    clock = 0.0

    async def build(on_progress: OnRebuildStep) -> BuildReport:
        nonlocal clock
        await on_progress(RebuildStep("reading", 212, 212))
        await on_progress(RebuildStep("passages", 4816, 4816))
        for done in (0, 2410):
            await on_progress(RebuildStep("encoding", done, 6120))
            clock += 12.0
        await on_progress(RebuildStep("encoding", 2500, 6120))
        await env.external_wait(gate.wait(), reason="its picture is taken")
        return BuildReport(
            "", False, Counts(212, 4816, 0, 0), Changes(), (), EncodingReport(0, 0), 0.0
        )

    client.curation.clock = lambda: clock
    return build


async def _invent_data(client: QuothBot, guild: int, channel: int, now: int) -> None:
    """Store thirty days of questions and votes."""
    store, rng = client.curation.store, random.Random(3)  # noqa: S311 - not a secret
    noon = _today_noon()
    articles = await client.answers.read(guild, lambda each: list(each.iterate()))
    for _ in range(150):
        verdict = rng.choice(["answered"] * 6 + ["closest"] * 2 + ["nothing"])
        article = rng.choice(articles).path
        when = noon - int(rng.triangular(0, 29, 2) * DAY_SECONDS)
        await store.execute(
            "INSERT INTO asked (guild_id, channel_id, verdict, seconds, article, asked_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (guild, channel, verdict, rng.uniform(0.05, 0.3), article, when),
        )
    for voter in range(23):
        await store.execute(
            "INSERT INTO votes (answer, voter, up, guild_id, cast_at) VALUES (?, '', ?, ?, ?)",
            (str(voter), voter % 6 > 0, guild, noon - voter * DAY_SECONDS),
        )
    for hours, (question, times) in enumerate(QUESTIONS.items(), 2):
        for repetition in range(times):
            reason = "vote" if times == 2 else "nothing"
            wanted = "a number from this year" if times == 2 and not repetition else None
            await store.execute(
                "INSERT INTO unanswered (question, guild_id, channel_id, message_id, reason,"
                " asked_at, wanted) VALUES (?, ?, ?, 1, ?, ?, ?)",
                (question, guild, channel, reason, now - (hours + 30 * repetition) * 3600, wanted),
            )


def _today_noon() -> int:
    return (today().toordinal() - 719_163) * DAY_SECONDS + DAY_SECONDS // 2
