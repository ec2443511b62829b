"""Measure the HTTP endpoints, and what they add to the memory of the bot's process.

    python -m benchmarks.serving --index INDEX [--count N]

Requests go one by one over the loopback interface to a server in the bot's own process, without
Discord.
"""

import argparse
import asyncio
import random
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.common import format_percentiles, resident_megabytes
from bot.api.http_server import ProgramServer, serve_programs
from bot.api.service import ProgramService
from bot.app.client import create_bot
from bot.config.settings import Settings
from index.evaluation.calibration import generate_questions
from index.searcher import Searcher

_WARM_UP = 10

Request = tuple[str, str, dict[str, Any]]  # method, path, fields


async def main(index: Path, count: int) -> None:
    """Print a line for each endpoint, then the memory."""
    requests = _requests(index, count)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=index, store=Path(folder, "store"), serve_rate=100_000)
        pool = create_bot(settings).answers.pool
        await pool.start()
        for _, _, fields in requests["ask"]:
            await pool.ask(fields["question"], limit=3)
        before = resident_megabytes()
        server = ProgramServer.from_settings(settings, ProgramService.from_settings(settings, pool))
        port = _free_port()
        async with (
            serve_programs(server, "127.0.0.1", port),
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            listening = resident_megabytes()
            for name, each in requests.items():
                times = [await _seconds(session, request) for request in each]
                print(f"{name}: {format_percentiles([1000 * t for t in times[_WARM_UP:]])}")
        print(f"{before} MB before, {listening} MB serving, {resident_megabytes()} MB at the end")
        await pool.close()


async def _seconds(session: aiohttp.ClientSession, request: Request) -> float:
    method, path, fields = request
    options: dict[str, Any] = {"json": fields} if method == "POST" else {"params": fields}
    started = time.perf_counter()
    async with session.request(method, path, **options) as response:
        await response.read()
        response.raise_for_status()
    return time.perf_counter() - started


def _requests(index: Path, count: int) -> dict[str, list[Request]]:
    with Searcher.open(index) as searcher:
        questions = [each.question for each in generate_questions(searcher, count)]
        articles = [source.path for source in searcher.opened.sources()]
        corpus = searcher.contents.corpus
        rows = random.Random(0).sample(range(len(corpus)), min(count, len(corpus)))
        texts = [corpus.passage(row).sentences[0].text for row in rows]
    altered = [f"{text[: len(text) // 2]} not {text[len(text) // 2 :]}"[:4000] for text in texts]
    paths = [articles[number % len(articles)] for number in range(count)]
    return {
        "ask": [("POST", "/v1/ask", {"question": each}) for each in questions],
        "search": [("POST", "/v1/search", {"query": each}) for each in questions],
        "verify (true)": [("POST", "/v1/verify", {"text": each[:4000]}) for each in texts],
        "verify (altered)": [("POST", "/v1/verify", {"text": each}) for each in altered],
        "show": [("GET", "/v1/show", {"article": each}) for each in paths],
        "sources": [("GET", "/v1/sources", {})] * count,
        "article page": [("GET", f"/a/{each}", {}) for each in paths],
        "openapi.json": [("GET", "/openapi.json", {})] * count,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    asyncio.run(main(options.index, options.count))
