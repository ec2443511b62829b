"""What the bot keeps in memory: its own client, asked the questions on standard input.

``benchmarks.speed`` runs it in a process of its own. Discord at the other end is left out.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from bot.app.client import create
from bot.config.settings import Settings


async def main(index: Path, questions: list[str]) -> None:
    """Print resident megabytes now, and the most there were."""
    with tempfile.TemporaryDirectory() as folder:
        client = create(Settings(index=index, store=Path(folder, "store.sqlite3")))
        service = client.answers._service  # the door that all questions go through
        await service.start()
        for question in questions:
            await service.ask(question, limit=3)
        print(_megabytes("VmRSS"), _megabytes("VmHWM"))
        await service.close()


def _megabytes(field: str) -> int:
    status = Path("/proc/self/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.stdin.read().splitlines()))
