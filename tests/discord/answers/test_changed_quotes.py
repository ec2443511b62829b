"""Answers in channels whose articles change or go."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.commands.answers.changed_quotes import change_note, marked_view
from bot.services import changed_quotes
from bot.services.changed_quotes import CitationUpdate
from bot.storage import shown_answers
from bot.storage.shown_answers import (
    MAX_SHOWN,
    QuoteChange,
    QuoteFate,
    ShownAnswer,
    ShownQuote,
    add_shown,
    shown_before,
)
from bot.text.messages import ENGLISH, format_date, messages_for
from tests.support.discord_fakes import World
from tests.support.discord_messages import buttons, labels, raw, text, texts, walk
from tests.support.fake_searcher import ARTICLES, FakeSearcher

STORES = ("sqlite", "postgresql")

QUESTION = "Is black tea fermented for hours?"
NOW = int(time.time())
TODAY = format_date(time.strftime("%Y-%m-%d", time.gmtime(NOW)), ENGLISH)
CHANGED = ENGLISH.quote_changed.format(changed=TODAY, quoted=TODAY)
REMOVED = ENGLISH.article_gone.format(changed=TODAY, quoted=TODAY)


@pytest.fixture(autouse=True)
def _no_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock, because notes name the day."""
    monkeypatch.setattr(shown_answers, "now", lambda: NOW)


@pytest.fixture(autouse=True)
async def _one_quote(world: World) -> None:
    await configure(world, quotes=1)


async def configure(world: World, **settings: Any) -> None:
    bot: Any = world.env.bot
    await bot.answers.guilds.update(world.env.guild.id, **settings)


def with_tea(name: str, change: Any) -> FakeSearcher:
    """Return a snapshot whose article on tea was changed; None removes it."""
    metadata, tea = ARTICLES["tea.md"]
    articles = {**ARTICLES, "tea.md": (metadata, change(tea) if change else "")}
    if change is None:
        del articles["tea.md"]
    return FakeSearcher(name, articles)


def longer(tea: str) -> str:
    return tea.replace("two to four hours", "two to six hours")


async def publish(world: World, searcher: FakeSearcher) -> None:
    bot: Any = world.env.bot
    world.fake_index.searcher = searcher
    await bot.answers.pool.refresh()
    await bot.background.mark_changed_quotes()
    await world.env.settle()


def edits(world: World) -> int:
    return sum(
        each.method == "PATCH" and "/channels/" in each.path for each in world.env.http_requests
    )


@pytest.mark.parametrize("mentioned", [True, False])
async def test_a_changed_quotation_is_marked_in_place(world: World, mentioned: bool) -> None:
    await (world.mention(QUESTION) if mentioned else world.ask(QUESTION))
    before = world.channel.last_message
    await publish(world, with_tea("two", longer))
    after = world.channel.last_message
    assert after.id == before.id
    assert f"⚠️ {CHANGED}" in text(after)
    assert "two to four hours" in text(after)
    assert set(labels(before)) < set(labels(after))
    assert ENGLISH.ask_again in labels(after)


async def test_ask_again_answers_from_the_new_article(world: World) -> None:
    await world.mention(QUESTION)
    await publish(world, with_tea("two", longer))
    await world.restart()
    pressed = await world.press(world.channel.last_message, ENGLISH.ask_again, world.bob)
    assert pressed.ephemeral
    assert "two to six hours" in text(pressed.response)
    assert ENGLISH.share in labels(pressed.response)


async def test_a_removed_article_is_said_so(world: World) -> None:
    await world.mention(QUESTION)
    await publish(world, with_tea("two", None))
    assert f"⚠️ {REMOVED}" in text(world.channel.last_message)


async def test_only_the_quoted_slice_counts(world: World) -> None:
    await world.mention(QUESTION)
    await publish(world, with_tea("two", lambda tea: tea.replace("by hand", "by machine")))
    await publish(world, with_tea("three", lambda tea: f"A new start.\n\n{tea}"))
    assert edits(world) == 0
    moved = dict(ARTICLES)
    moved["drinks/tea.md"] = moved.pop("tea.md")
    await publish(world, FakeSearcher("four", moved))
    assert edits(world) == 0


async def test_the_note_goes_when_the_text_comes_back(world: World) -> None:
    before = await world.mention(QUESTION)
    await publish(world, with_tea("two", longer))
    await publish(world, with_tea("three", longer))
    assert edits(world) == 1
    await publish(world, with_tea("four", lambda tea: tea))
    after = world.channel.last_message
    assert edits(world) == 2
    assert text(after) == text(before)
    assert labels(after) == labels(before)


async def test_it_is_off_by_a_setting(world: World) -> None:
    await configure(world, mark_changed_quotes=False)
    await world.mention(QUESTION)
    await publish(world, with_tea("two", longer))
    assert edits(world) == 0


async def test_a_restart_goes_on_where_the_last_process_stopped(world: World) -> None:
    await world.mention(QUESTION)
    world.fake_index.searcher = with_tea("two", longer)
    await world.restart()
    await publish(world, world.fake_index.searcher)
    assert f"⚠️ {CHANGED}" in text(world.channel.last_message)
    await world.restart()
    await publish(world, world.fake_index.searcher)
    assert edits(world) == 1


async def test_edits_are_few_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.commands.answers.changed_quotes._PAUSE_SECONDS", 0)
    for number in range(7):
        await world.mention(f"{QUESTION} {number}")
    await publish(world, with_tea("two", longer))
    assert edits(world) == 5
    await publish(world, world.fake_index.searcher)
    assert edits(world) == 7


async def test_deleted_messages_and_lost_permissions_are_forgotten(world: World) -> None:
    await world.mention(QUESTION)
    await world.press(world.channel.last_message, "Delete")
    await world.mention(QUESTION)
    path = f"/channels/{world.channel.id}/messages/*"
    world.env.inject_error("GET", path, status=403, code=50001)
    await publish(world, with_tea("two", longer))
    bot: Any = world.env.bot
    assert await bot.answers.store.fetch_all("SELECT * FROM shown_answers") == []


async def test_when_discord_cannot_be_reached_it_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.mention(QUESTION)
    path = f"/channels/{world.channel.id}/messages/*"
    world.env.inject_error("GET", path, status=500, times=None)
    await publish(world, with_tea("two", longer))
    world.env.backend.faults.clear()
    await publish(world, world.fake_index.searcher)
    assert edits(world) == 0  # a while later only
    forward(monkeypatch, changed_quotes._POSTPONED_SECONDS)
    await publish(world, world.fake_index.searcher)
    assert f"⚠️ {CHANGED}" in text(world.channel.last_message)


def forward(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass."""
    now = time.monotonic
    monkeypatch.setattr(changed_quotes, "time", SimpleNamespace(monotonic=lambda: now() + seconds))


@pytest.mark.parametrize("status", [429, 500])
async def test_a_message_that_cannot_be_edited_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("bot.commands.answers.changed_quotes._PAUSE_SECONDS", 0)
    monkeypatch.setattr(changed_quotes, "_MAX_COMPARED", 1)
    first = await world.mention(QUESTION)
    second = await world.mention(QUESTION)
    path = f"/channels/{world.channel.id}/messages/{second.id}"
    world.env.inject_error("PATCH", path, status=status, code=30046, times=None)
    for _ in range(3):
        await publish(world, with_tea("two", longer))
    shown = world.env.backend.get_message(world.channel.id, first.id)
    assert any(CHANGED in each for each in texts(shown))
    assert edits(world) == 2


async def test_a_message_whose_edit_hangs_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.commands.answers.changed_quotes._PAUSE_SECONDS", 0)
    monkeypatch.setattr("bot.commands.answers.changed_quotes._EDIT_SECONDS", 0.2)
    first = await world.mention(QUESTION)
    second = await world.mention(QUESTION)
    edit = discord.Message.edit

    async def edit_or_hang(message: discord.Message, **options: Any) -> discord.Message:
        if message.id == second.id:  # discord.py waits as long as Discord asks for
            await asyncio.sleep(60)
        return await edit(message, **options)

    monkeypatch.setattr(discord.Message, "edit", edit_or_hang)
    await publish(world, with_tea("two", longer))
    shown = world.env.backend.get_message(world.channel.id, first.id)
    assert any(CHANGED in each for each in texts(shown))


async def test_private_answers_and_shared_ones(world: World) -> None:
    asked = await world.ask(QUESTION, private=True)
    bot: Any = world.env.bot
    assert await bot.answers.store.fetch_all("SELECT * FROM shown_answers") == []
    await world.press(asked, ENGLISH.share)
    await publish(world, with_tea("two", longer))
    assert f"⚠️ {CHANGED}" in text(world.channel.last_message)


async def test_an_answer_in_a_thread_is_marked(world: World) -> None:
    await configure(world, threads=True)
    await world.mention(QUESTION)
    await publish(world, with_tea("two", longer))
    (thread,) = world.channel.threads
    assert f"⚠️ {CHANGED}" in text(thread.last_message)


async def test_an_error_in_place_of_an_answer_stays(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bot: Any = world.env.bot
    mention = f"<@{bot.user.id}>"
    sent = await world.alice.send(world.channel, f"{mention} {QUESTION}")
    world.fake_index.searcher.damaged = True
    await world.alice.edit(sent, f"{mention} Where does coffee grow?")
    shown = text(world.channel.last_message)
    await publish(world, with_tea("two", longer))
    assert text(world.channel.last_message) == shown
    assert await bot.answers.store.fetch_all("SELECT * FROM shown_answers") == []
    assert "marking changed quotations failed" not in caplog.text


async def test_several_quotes_are_named_by_their_numbers(world: World) -> None:
    await configure(world, quotes=3)
    await world.mention(QUESTION)
    await publish(world, with_tea("two", longer))
    expected = ENGLISH.quotes_changed.format(numbers="1", changed=TODAY, quoted=TODAY)
    assert f"⚠️ {expected}" in text(world.channel.last_message)


async def test_what_was_withdrawn_does_not_stay_in_the_channel(world: World) -> None:
    await configure(world, mark_changed_quotes=False)
    await world.mention(QUESTION)
    bot: Any = world.env.bot
    await bot.answers.store.execute(
        "INSERT INTO quoted_messages (path, message_id, quoted_at, withdrawn_at)"
        " VALUES ('tea.md', 1, 1, 1)"
    )
    await bot.quoted_messages.load_withdrawn()
    await publish(world, with_tea("two", None))
    shown = world.channel.last_message
    assert text(shown) == ENGLISH.quote_withdrawn
    assert labels(shown) == [ENGLISH.ask_again]


async def test_the_newest_answers_of_a_server_are_kept(world: World) -> None:
    bot: Any = world.env.bot
    store = bot.answers.store
    quotes = (ShownQuote(1, "tea.md", "", "tea"),)
    for number in range(MAX_SHOWN + 5):
        shown = ShownAnswer(f"{number:012}", 1 + number % 2, 5, number, number, quotes)
        await add_shown(store, shown, "one")
    more = [ShownAnswer(f"x{number:011}", 1, 5, 900 + number, 900, quotes) for number in range(60)]
    for shown in more:
        await add_shown(store, shown, "one")
    kept = await shown_before(store, "two", 1000)
    assert len([each for each in kept if each.guild == 1]) == MAX_SHOWN
    assert kept[0] == more[-1]
    assert len([each for each in kept if each.guild == 2]) == (MAX_SHOWN + 5) // 2


async def test_forget_me_forgets_where_answers_are(world: World) -> None:
    await world.mention(QUESTION)
    await world.alice.slash(world.channel, "privacy forget-me")
    bot: Any = world.env.bot
    assert await bot.answers.store.fetch_all("SELECT * FROM shown_answers") == []


@pytest.mark.parametrize("locale", [discord.Locale.german, discord.Locale.spain_spanish])
async def test_a_full_message_has_room_for_the_note(world: World, locale: discord.Locale) -> None:
    await configure(world, quotes=5, helper_role=(1,))
    long = " ".join(f"Black tea is fermented for {hours} hours." for hours in range(400))
    metadata = ARTICLES["tea.md"][0]
    articles = {f"{'a' * 60}/{number}.md": (metadata, long) for number in range(9)}
    world.fake_index.searcher = FakeSearcher("long", articles)
    await world.mention(QUESTION)
    message = world.channel.last_message
    changes = tuple(
        QuoteChange(number, change, 2**31)
        for number, change in enumerate(
            [QuoteFate.CHANGED, QuoteFate.REMOVED] * 2 + [QuoteFate.CHANGED], 1
        )
    )
    quotes = tuple(ShownQuote(number, "a", "", "b") for number in range(1, 6))
    shown = ShownAnswer("a" * 12, 1, 2, 3, 2**31, quotes)
    update = CitationUpdate(shown, changes, "two")
    messages = messages_for(locale)
    assert len(change_note(update, messages)) <= 200
    view = marked_view(message, update, messages)
    unpacked: Any = view
    components = list(walk(unpacked.to_components()))
    assert len(components) <= 40
    assert sum(len(each["content"]) for each in components if each["type"] == 10) <= 4000
    assert len(raw(message)) == 1
    assert len(buttons(message)) >= 8
