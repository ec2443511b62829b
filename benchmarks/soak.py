"""Soak-test the real bot: many members ask while its index is rebuilt repeatedly.

    python -m benchmarks.soak DIR --questions 20000 --members 50 --every 60

DIR contains ``articles`` and ``questions.jsonl``. Two editions of the articles alternate: all of
them, and two thirds with a sentence added to each. The answers of each edition are computed
beforehand. Every reply must match the edition in service word for word, and once a build has
finished, only the new edition. Prints lost and wrong answers, latency, and the bot's memory over
time; exits with status 1 if any answer was lost or wrong.
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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import resident_megabytes
from bot.text.messages import ENGLISH
from bot.ui.answers.answer_text import answer_text
from index.build.pipeline import build
from index.searcher import Searcher
from tests.support.loopback import Loopback, Reply, serve_loopback

_EDITIONS = ("all", "some")
_TEXT_DISPLAY = 10  # Discord's type number of the component
_TIMEOUT_SECONDS = 60.0
_RETRY_SECONDS = 0.2
_BOT_PROGRAM = """
import sys, yarl, discord
discord.http.Route.BASE = f"http://127.0.0.1:{sys.argv[1]}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{sys.argv[1]}/")
sys.argv = ["quoth", "run"]
from bot.cli.app import main
main()
"""

_QUOTE_OR_CITATION = re.compile(r"> |\*\*\d+\.\*\* ")

QuoteTexts = tuple[str, ...]
ExpectedAnswers = dict[str, dict[str, set[QuoteTexts]]]  # by edition and question


@dataclass(slots=True)
class SoakResult:
    """Counts, failures and measurements of a soak test."""

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
        """True if a question was lost, answered twice, wrongly or from an old index."""
        return bool(self.lost or self.twice or self.wrong or self.stale)


@dataclass(slots=True)
class Published:
    """Editions in the order of their builds.

    From the time ``since``, only the last one may answer, unless another build is running.
    """

    names: list[str]
    since: float = 0.0
    building: bool = False

    def allowed(self, asked_at: float) -> set[str]:
        """Return the editions that may answer a question asked at that time and answered now."""
        is_settled = asked_at >= self.since and not self.building
        return set(self.names[-1:]) if is_settled else set(_EDITIONS)


async def soak(folder: Path, work: Path, questions: int, members: int, every: float) -> SoakResult:
    """Run a soak test in the empty folder ``work``. Raises RuntimeError if the bot fails."""
    texts = _questions(folder)
    for edition in _EDITIONS:
        _write_edition(folder / "articles", work / edition, edition)
    expected = {edition: _expected_answers(work, edition, texts) for edition in _EDITIONS}
    shutil.copytree(work / "index-all", work / "index")
    result, published = SoakResult(), Published(["all"])
    async with serve_loopback() as loopback:
        bot = _start_bot(work, loopback.port)
        try:
            await asyncio.wait_for(loopback.ready.wait(), _TIMEOUT_SECONDS)
            asking = _ask_all(loopback, texts, expected, questions, members, result, published)
            await _run_with_rebuilds(asking, work, every, bot.pid, result, published)
        finally:
            bot.terminate()
            code = await asyncio.to_thread(bot.wait, 20)
        result.twice = sum(len(each.replies) > 1 for each in loopback.questions.values())
    if code:
        raise RuntimeError(f"the bot exited with status {code}; see {work / 'bot.log'}")
    return result


async def _run_with_rebuilds(
    asking: Any, work: Path, every: float, pid: int, result: SoakResult, published: Published
) -> None:
    main_task = asyncio.create_task(asking)
    background = [
        asyncio.create_task(_rebuild(work, every, result, published)),
        asyncio.create_task(_sample_memory(pid, result)),
    ]
    try:
        await main_task
    finally:
        for task in background:
            task.cancel()
        outcomes = await asyncio.gather(*background, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):  # a failed build, or the bot has exited
            raise outcome


async def _ask_all(
    loopback: Loopback,
    texts: Sequence[str],
    expected: ExpectedAnswers,
    questions: int,
    members: int,
    result: SoakResult,
    published: Published,
) -> None:
    remaining = iter(range(questions))

    async def member(number: int) -> None:
        rng = random.Random(number)
        for _ in remaining:
            text = rng.choice(texts)
            ask = partial(_ask, loopback, slash=rng.random() < 0.5)
            await _ask_until_answered(ask, 10_000 + number, text, expected, result, published)

    await asyncio.gather(*map(member, range(members)))


async def _ask(loopback: Loopback, member: int, text: str, *, slash: bool) -> Reply:
    return await loopback.reply_to(await loopback.ask(text, member=member, slash=slash))


async def _ask_until_answered(
    ask: Any,
    member: int,
    text: str,
    expected: ExpectedAnswers,
    result: SoakResult,
    published: Published,
) -> None:
    """Ask until the bot is not busy, and judge its reply."""
    while True:
        asked_at = time.monotonic()
        try:
            reply = await asyncio.wait_for(ask(member, text), _TIMEOUT_SECONDS)
        except TimeoutError:
            result.lost += 1
            return
        if not _is_busy(reply.body):
            break
        result.busy += 1
        await asyncio.sleep(_RETRY_SECONDS)
    result.asked += 1
    result.seconds.append(reply.seconds)
    judge(text, _quote_texts(reply.body), published.allowed(asked_at), expected, result)


def judge(
    text: str,
    reply_texts: QuoteTexts,
    allowed: set[str],
    expected: ExpectedAnswers,
    result: SoakResult,
) -> None:
    """Record an answer that no edition gives, or that comes from an outdated edition."""
    editions = {edition for edition in _EDITIONS if reply_texts in expected[edition][text]}
    result.editions.update(editions if len(editions) == 1 else ["either"])
    if not editions:
        result.wrong.append(f"{text}\n  got {reply_texts}\n  not {expected['all'][text]}")
    elif not editions & allowed:
        result.stale.append(text)


async def _rebuild(work: Path, every: float, result: SoakResult, published: Published) -> None:
    """Build the other edition every few seconds, with the operator's command."""
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
        if process.returncode is None:  # all questions are answered
            process.terminate()
            await process.wait()


async def _sample_memory(pid: int, result: SoakResult) -> None:
    """Record the bot's memory every second."""
    while True:
        result.megabytes.append(resident_megabytes(process=pid))
        await asyncio.sleep(1)


def _is_busy(body: dict[str, Any]) -> bool:
    return str(body.get("content") or "").startswith("I'm busy")


def _quote_texts(body: dict[str, Any]) -> QuoteTexts:
    """Extract the quotes and citations from a reply's components."""
    return tuple(
        text
        for text in _component_texts(body.get("components") or [])
        if _QUOTE_OR_CITATION.match(text)
    )


def _component_texts(components: Sequence[dict[str, Any]]) -> list[str]:
    texts: list[str] = []
    for component in components:
        if component["type"] == _TEXT_DISPLAY:
            texts.append(component["content"])
        texts += _component_texts(component.get("components", []))
    return texts


def _expected_answers(work: Path, edition: str, texts: Sequence[str]) -> dict[str, set[QuoteTexts]]:
    """Answer each question from an index of that edition alone."""
    build(work / edition, work / f"index-{edition}")
    with Searcher.open(work / f"index-{edition}") as searcher:
        return {text: _render_answer(searcher, text) for text in texts}


def _render_answer(searcher: Searcher, text: str) -> set[QuoteTexts]:
    """Render the answer as a reply and as a command's answer, where the heading takes up space."""
    answer = searcher.ask(text)
    renderings = (answer_text(answer, ENGLISH, heading=heading).quotes for heading in ("", text))
    return {
        tuple(part for quote in quotes for part in (quote.excerpt.display, quote.citation))
        for quotes in renderings
    }


def _questions(folder: Path) -> list[str]:
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    return sorted({" ".join(str(json.loads(line)["question"]).split()) for line in lines})


def _write_edition(articles: Path, into: Path, edition: str) -> None:
    """Copy all articles, or two of three with a sentence added."""
    shutil.copytree(articles, into)
    if edition == "all":
        return
    for number, path in enumerate(sorted(into.iterdir())):
        if number % 3 == 0:
            path.unlink()
        else:
            path.write_text(path.read_text("utf-8") + "\n\nThis is the other edition.\n", "utf-8")


def _start_bot(work: Path, port: int) -> "subprocess.Popen[bytes]":
    with (work / "bot.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _BOT_PROGRAM, str(port)],
            env=_environment(work, work / "all"),
            stderr=log,
        )


def _environment(work: Path, seeds: Path) -> dict[str, str]:
    settings = {
        "DISCORD_TOKEN": "MTAwMA.soak.soak",
        "QUOTH_SEEDS": str(seeds),
        "QUOTH_INDEX": str(work / "index"),
        "QUOTH_STORE": str(work / "store.sqlite3"),
        "HF_HUB_OFFLINE": "1",
    }
    return os.environ | settings


def _print_result(result: SoakResult) -> None:
    milliseconds = 1000 * np.array(result.seconds)
    p50, p99 = np.percentile(milliseconds, [50, 99])
    print(f"{result.asked} questions answered during {result.builds} rebuilds")
    print(f"lost {result.lost}, answered twice {result.twice}, ", end="")
    print(f"wrong {len(result.wrong)}, from an old index {len(result.stale)}")
    print(f"retried because the bot was busy: {result.busy}")
    print(f"by edition: {dict(result.editions)}")
    print(f"from a member's message to the answer, p50 / p99: {p50:.0f} / {p99:.0f} ms")
    quarters = np.array_split(np.array(result.megabytes), 4)
    print(f"the bot's memory, median of each quarter: {[int(np.median(q)) for q in quarters]} MB")
    for example in result.wrong[:3]:
        print(example)


def main() -> None:
    """Run a soak test and print its result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between rebuilds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        result = asyncio.run(
            soak(options.folder, Path(work), options.questions, options.members, options.every)
        )
    _print_result(result)
    sys.exit(result.failed)


if __name__ == "__main__":
    main()
