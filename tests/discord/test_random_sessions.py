"""Members and a curator do anything in any order: each press gets one answer, nothing breaks."""

import logging
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest
from simcord.backend.errors import BackendError, SetupError

from index.types import Metadata
from tests.support.discord_fakes import ARTICLES, FakeSearcher, Shelf, World, raw, walk

TEXTS = (
    *("Is black tea fermented for hours?", "Where does coffee grow?", "what about green tea?"),
    *("zanzibar xylophone", "why?", "tea", "@everyone <@1> [x](https://evil.example) ||a||"),
    *("\u202elions\u2066", "x" * 3999, "🫖" * 900, "``` ### > -# 1.", "⟦U+202E⟧ lions"),
)
FILTERS: tuple[dict[str, Any], ...] = (
    *({}, {"source": "coffee"}, {"source": "\u2066"}),
    *({"since": "2020"}, {"publisher": "x"}),
)
COMMANDS = (
    *("help", "sources", "privacy show", "privacy forget-me", "settings", "curate rebuild"),
    *("curate rollback", "curate unanswered", "curate stats", "curate pin list"),
)
_CALLBACK = re.compile(r"/interactions/(\d+)/[^/]+/callback")


@dataclass
class Crowd:
    """Who is there, and what each of them could press by now; nobody for what all see."""

    world: World
    carol: Any
    chance: random.Random
    shown: list[tuple[Any, Any]] = field(default_factory=list)
    pressed: Counter[str] = field(default_factory=Counter)

    async def step(self) -> None:
        acts = (self.ask, self.mention, self.command, self.curate, self.upset)
        act = self.chance.choice((*acts, *[self.press] * 8))
        try:
            await act()
        except (SetupError, BackendError):
            self.pressed["not possible"] += 1  # what a member could not have done in Discord

    async def ask(self) -> None:
        member, private = self.member(), self.chance.choice((None, True, False))
        options = {"question": self.text()[:900], **self.chance.choice(FILTERS)}
        options |= {} if private is None else {"private": private}
        self.keep(await member.slash(self.world.channel, "ask", **options), member)

    async def mention(self) -> None:
        member, bot = self.member(), self.world.env.bot.user.id  # type: ignore[union-attr]
        await member.send(self.world.channel, f"<@{bot}> {self.text()[:900]}")
        last = self.world.channel.last_message
        if self.chance.random() < 0.3:
            found = await member.context_menu(self.world.channel, "Find in articles", target=last)
            self.keep(found, member)
        self.shown.append((last, None))

    async def command(self) -> None:
        member = self.member()
        name = self.chance.choice(COMMANDS)
        self.keep(await member.slash(self.world.channel, name), member)

    async def curate(self) -> None:
        name, options = self.chance.choice(
            (
                ("curate pin add", {"question": self.text()[:300]}),
                ("curate pin remove", {"question": self.text()[:300]}),
                ("curate remove", {"article": self.chance.choice(("tea.md", self.text()[:100]))}),
                ("curate add", {"file": (self.text()[:20] + ".md", b"# Herbs\n\nMint is green.")}),
            )
        )
        self.keep(await self.carol.slash(self.world.channel, name, **options), self.carol)

    async def upset(self) -> None:
        """Restart the bot, publish another index, or delete a message."""
        upset = self.chance.randrange(4)
        if upset == 0:
            await self.world.restart()
        elif upset == 1:
            name = f"n{self.chance.randrange(10**6)}"
            gone = self.chance.choice(tuple(ARTICLES))
            articles = {path: one for path, one in ARTICLES.items() if path != gone}
            self.world.shelf.searcher = FakeSearcher(name, articles)
        elif upset == 2 and self.shown:
            message, owner = self.chance.choice(self.shown)
            if owner is None:
                with suppress(BackendError, discord.NotFound):  # deleted before
                    await getattr(message, "message", message).delete()
        await self.world.env.advance_time(self.chance.choice((1, 20, 4000)))

    async def press(self) -> None:
        kinds = defaultdict(list)
        for message, owner in self.shown[-20:]:
            for part in self.parts(message):
                kinds[kind(part)].append((message, owner, part))
        if not kinds:
            return
        message, owner, part = self.chance.choice(kinds[self.chance.choice(sorted(kinds))])
        member = owner or self.member()
        self.pressed[kind(part)] += 1
        result = await self.use(member, message, part)
        self.keep(result, member)
        if result.modal:
            self.keep(await member.submit_modal(result, self.written(result.modal)), member)

    def parts(self, message: Any) -> list[dict[str, Any]]:
        """The buttons and lists of a message as it is now."""
        try:
            found = walk(raw(message))
            return [one for one in found if one.get("custom_id") and not one.get("disabled")]
        except BackendError:
            return []  # deleted

    async def use(self, member: Any, message: Any, part: dict[str, Any]) -> Any:
        if part["type"] == 2:
            return await member.click(message, custom_id=part["custom_id"])
        if part["type"] == 3:
            values = [self.chance.choice(part["options"])["value"]]
        else:
            values = [self.world.channel] if part["custom_id"].endswith("channels") else []
        return await member.select(message, values, custom_id=part["custom_id"])

    def written(self, modal: dict[str, Any]) -> dict[str, str]:
        fields = [one["component"] for one in modal["components"] if "component" in one]
        return {one["custom_id"]: self.text()[: one["max_length"]] for one in fields}

    def keep(self, result: Any, member: Any) -> None:
        assert result.acknowledged
        for message in filter(None, (result.response, *result.followups)):
            self.shown = [one for one in self.shown if one[0].id != message.id]
            self.shown.append((message, member if message.ephemeral else None))

    def member(self) -> Any:
        return self.chance.choice((self.world.alice, self.world.bob, self.carol))

    def text(self) -> str:
        return self.chance.choice(TEXTS)


def kind(part: dict[str, Any]) -> str:
    """What a button or a list is for."""
    return str(part["custom_id"]).split(":")[1]


def answered(world: World) -> Iterator[str]:
    """The interaction of each first response that was sent."""
    for request in world.env.http_requests:
        if found := _CALLBACK.search(request.path):
            yield found[1]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_members_press_in_whatever_order_gets_one_answer_each(
    world: World, shelf: Shelf, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.searcher.articles["long.md"] = (
        Metadata("Long"),
        "\n\n".join(f"Paragraph {n} is about lions. " * 9 for n in range(60)),
    )
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    carol = world.env.guild.add_member(world.env.create_user("carol"), roles=[role])
    crowd = Crowd(world, carol, random.Random(seed))
    for _ in range(60):
        await crowd.step()
    assert set(Counter(answered(world)).values()) == {1}
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []
    assert len(crowd.pressed) > 5
