"""A soak: the real bot under many members, while its index is rebuilt again and again.

    python -m benchmarks.soak DIR --questions 20000 --members 50 --every 60

DIR holds ``articles`` and ``questions.jsonl``. Two editions of the articles take turns: all of
them, and two thirds with a sentence added to each. What each edition answers is worked out
beforehand; every reply must be, to the letter, what the edition says that was in service then,
and from the moment a build has ended, what the new one says. Prints what was lost or wrong,
latency, and the bot's memory over time; exit status 1 when anything was lost or wrong.
"""

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.loopback import Loopback, serving
from bot.text.messages import ENGLISH
from bot.ui.answer_text import answer_text
from index.build.pipeline import build
from index.searcher import Searcher

_EDITIONS = ("all", "some")
_PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 0.2
_BOT = """
import sys, yarl, discord
discord.http.Route.BASE = f"http://127.0.0.1:{sys.argv[1]}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{sys.argv[1]}/")
sys.argv = ["quoth", "run"]
from bot.cli.app import main
main()
"""

_QUOTED = re.compile(r"> |\*\*\d+\.\*\* ")  # a quote, or a citation under one

Shown = tuple[str, ...]
Said = dict[str, dict[str, set[Shown]]]  # by edition and question


@dataclass(slots=True)
class Soak:
    """What came of it."""

    asked: int = 0
    busy: int = 0
    lost: int = 0
    twice: int = 0
    wrong: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    editions: Counter[str] = field(default_factory=Counter)
    megabytes: list[int] = field(default_factory=list)
    builds: int = 0

    @property
    def failed(self) -> bool:
        """Whether a question was lost or answered wrongly."""
        return bool(self.lost or self.twice or self.wrong or self.stale)


@dataclass(slots=True)
class Published:
    """Editions in the order they were put in service; since when the last one alone may answer."""

    names: list[str]
    since: float = 0.0
    building: bool = False

    def allowed(self, asked_at: float) -> set[str]:
        """What may answer a question asked then and answered now."""
        fresh = asked_at >= self.since and not self.building
        return set(self.names[-1:]) if fresh else set(_EDITIONS)


async def soak(folder: Path, work: Path, questions: int, members: int, every: float) -> Soak:
    """Run it; ``work`` is an empty folder. Raises RuntimeError when the bot does not start."""
    texts = _questions(folder)
    for edition in _EDITIONS:
        _write_edition(folder / "articles", work / edition, edition)
    said = {edition: _answers(work, edition, texts) for edition in _EDITIONS}
    shutil.copytree(work / "index-all", work / "index")
    result, published = Soak(), Published(["all"])
    async with serving() as loopback:
        bot = _start(work, loopback.port)
        try:
            await asyncio.wait_for(loopback.ready.wait(), _PATIENCE_SECONDS)
            asking = _ask_all(loopback, texts, said, questions, members, result, published)
            await _while_rebuilding(asking, work, every, bot.pid, result, published)
        finally:
            bot.terminate()
            code = await asyncio.to_thread(bot.wait, 20)
        result.twice = loopback.twice
    if code:
        raise RuntimeError(f"the bot left with status {code}; see {work / 'bot.log'}")
    return result


async def _while_rebuilding(
    asking: Any, work: Path, every: float, pid: int, result: Soak, published: Published
) -> None:
    doing = asyncio.create_task(asking)
    others = [
        asyncio.create_task(_rebuild(work, every, result, published)),
        asyncio.create_task(_watch(pid, result)),
    ]
    try:
        await doing
    finally:
        for one in others:
            one.cancel()
        ended = await asyncio.gather(*others, return_exceptions=True)
    for failure in ended:
        if isinstance(failure, Exception):  # a build that failed, a bot that is gone
            raise failure


async def _ask_all(
    loopback: Loopback,
    texts: Sequence[str],
    said: Said,
    questions: int,
    members: int,
    result: Soak,
    published: Published,
) -> None:
    left = iter(range(questions))

    async def member(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - the same soak each time
        for _ in left:
            text = chance.choice(texts)
            ask = loopback.mention if chance.random() < 0.5 else loopback.slash
            await _ask(ask, 10_000 + number, text, said, result, published)

    await asyncio.gather(*map(member, range(members)))


async def _ask(
    ask: Any,
    member: int,
    text: str,
    said: Said,
    result: Soak,
    published: Published,
) -> None:
    """Ask until the bot is not busy; hold what it says against what it must say."""
    while True:
        asked_at = time.monotonic()
        try:
            reply = await asyncio.wait_for(ask(member, text), _PATIENCE_SECONDS)
        except TimeoutError:
            result.lost += 1
            return
        if not _is_busy(reply.body):
            break
        result.busy += 1
        await asyncio.sleep(_AGAIN_SECONDS)
    result.asked += 1
    result.seconds.append(reply.seconds)
    judge(text, _shown(reply.body), published.allowed(asked_at), said, result)


def judge(text: str, shown: Shown, allowed: set[str], said: Said, result: Soak) -> None:
    """Note an answer that no edition gives, and one of an edition that may not answer any more."""
    editions = {edition for edition in _EDITIONS if shown in said[edition][text]}
    result.editions.update(editions if len(editions) == 1 else ["either"])
    if not editions:
        result.wrong.append(f"{text}\n  got {shown}\n  not {said['all'][text]}")
    elif not editions & allowed:
        result.stale.append(text)


async def _rebuild(work: Path, every: float, result: Soak, published: Published) -> None:
    """The other edition, every so many seconds, by the command that an operator would give."""
    while True:
        await asyncio.sleep(every)
        edition = _EDITIONS[len(published.names) % 2]
        published.building = True
        await _build(work, edition)
        published.names.append(edition)
        published.since, published.building = time.monotonic(), False
        result.builds += 1


async def _build(work: Path, edition: str) -> None:
    environment = _environment(work, work / edition)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "build"), env=environment, stdout=subprocess.DEVNULL
    )
    try:
        if await process.wait():
            raise RuntimeError(f"building {edition} ended with status {process.returncode}")
    finally:
        if process.returncode is None:  # the asking has ended
            process.terminate()
            await process.wait()


async def _watch(pid: int, result: Soak) -> None:
    """The bot's memory, every second."""
    while True:
        result.megabytes.append(_resident(pid))
        await asyncio.sleep(1)


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def _is_busy(body: dict[str, Any]) -> bool:
    content = str(body.get("content") or "")
    return content.startswith("I am busy")


def _shown(body: dict[str, Any]) -> Shown:
    """Quotes with their citations, as the reply's components have them."""
    return tuple(text for text in _texts(body.get("components") or []) if _QUOTED.match(text))


def _texts(components: Sequence[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for one in components:
        if one["type"] == 10:
            found.append(one["content"])
        found += _texts(one.get("components", []))
    return found


def _answers(work: Path, edition: str, texts: Sequence[str]) -> dict[str, set[Shown]]:
    """What each question gets in an edition, by an index of its own."""
    build(work / edition, work / f"index-{edition}")
    with Searcher.open(work / f"index-{edition}") as searcher:
        return {text: _said(searcher, text) for text in texts}


def _said(searcher: Searcher, text: str) -> set[Shown]:
    """As a reply, and as the answer of a command, whose heading takes room from long quotes."""
    answer = searcher.ask(text, limit=3)
    both = (answer_text(answer, ENGLISH, heading=heading).quotes for heading in ("", text))
    return {tuple(part for one in of for part in (one.quote.display, one.citation)) for of in both}


def _questions(folder: Path) -> list[str]:
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    return sorted({" ".join(str(json.loads(line)["question"]).split()) for line in lines})


def _write_edition(articles: Path, into: Path, edition: str) -> None:
    """All articles, or two of three with a sentence more."""
    shutil.copytree(articles, into)
    if edition == "all":
        return
    for number, path in enumerate(sorted(into.iterdir())):
        if number % 3 == 0:
            path.unlink()
        else:
            path.write_text(path.read_text("utf-8") + "\n\nThis is the other edition.\n", "utf-8")


def _start(work: Path, port: int) -> "subprocess.Popen[bytes]":
    with (work / "bot.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own bot
            [sys.executable, "-c", _BOT, str(port)],
            env=_environment(work, work / "all"),
            stderr=log,
        )


def _environment(work: Path, seeds: Path) -> dict[str, str]:
    ours = {
        "DISCORD_TOKEN": "MTAwMA.soak.soak",
        "QUOTH_SEEDS": str(seeds),
        "QUOTH_INDEX": str(work / "index"),
        "QUOTH_STORE": str(work / "store.sqlite3"),
        "HF_HUB_OFFLINE": "1",
    }
    return os.environ | ours


def _print(result: Soak) -> None:
    milliseconds = 1000 * np.array(result.seconds)
    p50, p99 = np.percentile(milliseconds, [50, 99])
    print(f"{result.asked} questions answered during {result.builds} rebuilds")
    print(f"lost {result.lost}, answered twice {result.twice}, ", end="")
    print(f"wrong {len(result.wrong)}, of an index no longer in service {len(result.stale)}")
    print(f"asked again because the bot was busy: {result.busy}")
    print(f"by edition: {dict(result.editions)}")
    print(f"from a member's message to the answer, p50 / p99: {p50:.0f} / {p99:.0f} ms")
    quarters = np.array_split(np.array(result.megabytes), 4)
    print(f"the bot's memory, median of each quarter: {[int(np.median(q)) for q in quarters]} MB")
    for one in result.wrong[:3]:
        print(one)


def main() -> None:
    """Run a soak and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between rebuilds")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        result = asyncio.run(
            soak(chosen.folder, Path(work), chosen.questions, chosen.members, chosen.every)
        )
    _print(result)
    sys.exit(result.failed)


if __name__ == "__main__":
    main()
