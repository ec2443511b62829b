"""Print the bot's resident memory after it has answered the questions on standard input.

``benchmarks.speed`` runs it in a child process, with the bot's own client but without Discord.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.common import resident_megabytes
from bot.app.client import create_bot
from bot.config.settings import Settings


async def main(index: Path, questions: list[str]) -> None:
    """Print the resident megabytes at the end, and their peak."""
    with tempfile.TemporaryDirectory() as folder:
        client = create_bot(Settings(index=index, store=Path(folder, "store.sqlite3")))
        pool = client.answers.pool
        await pool.start()
        for question in questions:
            await pool.ask(question, limit=3)
        print(resident_megabytes(), resident_megabytes("VmHWM"))
        await pool.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.stdin.read().splitlines()))
