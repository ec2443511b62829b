"""Let members and a curator do random things: each interaction gets one response, no errors."""

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
from tests.support.discord_fakes import FakeIndex, World
from tests.support.discord_messages import raw, walk
from tests.support.fake_searcher import ARTICLES, FakeSearcher

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
    """Members, and the messages that they see: pairs of a message and its only reader, or None."""

    world: World
    carol: Any
    chance: random.Random
    visible: list[tuple[Any, Any]] = field(default_factory=list)
    pressed: Counter[str] = field(default_factory=Counter)

    async def step(self) -> None:
        actions = (self.ask, self.mention, self.command, self.curate, self.disturb)
        action = self.chance.choice((*actions, *[self.press] * 8))
        try:
            await action()
        except (SetupError, BackendError):
            self.pressed["not possible"] += 1  # impossible in Discord, too

    async def ask(self) -> None:
        member, private = self.member(), self.chance.choice((None, True, False))
        options = {"question": self.text()[:900], **self.chance.choice(FILTERS)}
        options |= {} if private is None else {"private": private}
        self.remember(await member.slash(self.world.channel, "ask", **options), member)

    async def mention(self) -> None:
        member, bot = self.member(), self.world.env.bot.user.id  # type: ignore[union-attr]
        await member.send(self.world.channel, f"<@{bot}> {self.text()[:900]}")
        last = self.world.channel.last_message
        if self.chance.random() < 0.3:
            result = await member.context_menu(self.world.channel, "Find in articles", target=last)
            self.remember(result, member)
        self.visible.append((last, None))

    async def command(self) -> None:
        member = self.member()
        name = self.chance.choice(COMMANDS)
        self.remember(await member.slash(self.world.channel, name), member)

    async def curate(self) -> None:
        name, options = self.chance.choice(
            (
                ("curate pin add", {"question": self.text()[:300]}),
                ("curate pin remove", {"question": self.text()[:300]}),
                ("curate remove", {"article": self.chance.choice(("tea.md", self.text()[:100]))}),
                ("curate add", {"file": (self.text()[:20] + ".md", b"# Herbs\n\nMint is green.")}),
            )
        )
        self.remember(await self.carol.slash(self.world.channel, name, **options), self.carol)

    async def disturb(self) -> None:
        """Restart the bot, publish another index, or delete a message."""
        kind_of_event = self.chance.randrange(4)
        if kind_of_event == 0:
            await self.world.restart()
        elif kind_of_event == 1:
            name = f"n{self.chance.randrange(10**6)}"
            removed = self.chance.choice(tuple(ARTICLES))
            articles = {path: article for path, article in ARTICLES.items() if path != removed}
            self.world.fake_index.searcher = FakeSearcher(name, articles)
        elif kind_of_event == 2 and self.visible:
            message, owner = self.chance.choice(self.visible)
            if owner is None:
                with suppress(BackendError, discord.NotFound):  # already deleted
                    await getattr(message, "message", message).delete()
        await self.world.env.advance_time(self.chance.choice((1, 20, 4000)))

    async def press(self) -> None:
        kinds = defaultdict(list)
        for message, owner in self.visible[-20:]:
            for part in self.parts(message):
                kinds[kind(part)].append((message, owner, part))
        if not kinds:
            return
        message, owner, part = self.chance.choice(kinds[self.chance.choice(sorted(kinds))])
        member = owner or self.member()
        self.pressed[kind(part)] += 1
        result = await self.use(member, message, part)
        self.remember(result, member)
        if result.modal:
            self.remember(await member.submit_modal(result, self.field_texts(result.modal)), member)

    def parts(self, message: Any) -> list[dict[str, Any]]:
        """Return the enabled buttons and select menus of a message in its current state."""
        try:
            parts = walk(raw(message))
            return [part for part in parts if part.get("custom_id") and not part.get("disabled")]
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

    def field_texts(self, modal: dict[str, Any]) -> dict[str, str]:
        fields = [part["component"] for part in modal["components"] if "component" in part]
        return {field["custom_id"]: self.text()[: field["max_length"]] for field in fields}

    def remember(self, result: Any, member: Any) -> None:
        assert result.acknowledged
        for message in filter(None, (result.response, *result.followups)):
            self.visible = [pair for pair in self.visible if pair[0].id != message.id]
            self.visible.append((message, member if message.ephemeral else None))

    def member(self) -> Any:
        return self.chance.choice((self.world.alice, self.world.bob, self.carol))

    def text(self) -> str:
        return self.chance.choice(TEXTS)


def kind(part: dict[str, Any]) -> str:
    """Return the kind of a button or select menu, from its custom_id."""
    return str(part["custom_id"]).split(":")[1]


def responses(world: World) -> Iterator[str]:
    """Yield the interaction id of each initial response."""
    for request in world.env.http_requests:
        if match := _CALLBACK.search(request.path):
            yield match[1]


@pytest.mark.usefixtures("charts")
@pytest.mark.parametrize("seed", range(3))
async def test_random_sessions_get_one_response_per_interaction(
    world: World, fake_index: FakeIndex, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    fake_index.searcher.articles["long.md"] = (
        Metadata("Long"),
        "\n\n".join(f"Paragraph {n} is about lions. " * 9 for n in range(60)),
    )
    role = world.env.guild.create_role("C", permissions=discord.Permissions(manage_guild=True))
    carol = world.env.guild.add_member(world.env.create_user("carol"), roles=[role])
    crowd = Crowd(world, carol, random.Random(seed))
    for _ in range(60):
        await crowd.step()
    assert set(Counter(responses(world)).values()) == {1}
    assert [
        record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR
    ] == []
    assert len(crowd.pressed) > 5
