"""Draw the README's pictures: what members see, as Discord's client shows it.

    pip install '.[pictures]' && apt-get install chromium
    python docs/pictures.py

The real bot answers from ``seeds/`` in a simulated Discord (simcord), which a headless Chromium
draws. Playwright wants its own build of Chromium; it is given the system's instead.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import playwright
import simcord
from PIL import Image

from bot.client import create
from bot.settings import Settings
from index.builder import build

DOCS = Path(__file__).parent
WIDTH, HEIGHT = 700, 1000
QUESTION = "When could ISIS resurge in Syria?"


def lend_browser(folder: Path) -> None:
    """Put the system's Chromium where Playwright looks for its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("there is no chromium on the PATH: apt-get install chromium")
    wanted = Path(playwright.__file__).parent / "driver/package/browsers.json"
    browsers = json.loads(wanted.read_text("utf-8"))["browsers"]
    shell = next(one for one in browsers if one["name"] == "chromium-headless-shell")
    home = folder / f"chromium_headless_shell-{shell['revision']}"
    program = home / "chrome-headless-shell-linux64" / "chrome-headless-shell"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {chromium} --headless=new --no-sandbox "$@"\n', "utf-8")
    program.chmod(0o755)
    (home / "INSTALLATION_COMPLETE").touch()
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(folder)


async def draw(settings: Settings) -> None:
    """One picture a scene: an answer, its context, its next passages."""
    async with simcord.run(create(settings)) as env:
        env.backend.bot_user.name = "Quoth"
        channel = env.create_guild("Newsroom").create_text_channel("ask-the-articles")
        alice = env.guild.add_member(env.create_user("alice"))
        asked = await alice.slash(channel, "ask", question=QUESTION)
        context = await alice.click(asked.response, label="More context")
        following = await alice.click(asked.response, label="Next passages")
        await shoot(env, channel, alice, asked, "answer.png")
        await shoot(env, channel, alice, context, "context.png")
        await shoot(env, channel, alice, following, "next.png")
        nothing = await alice.slash(channel, "ask", question="Who won the chess championship?")
        await shoot(env, channel, alice, nothing, "nothing.png")
        listed = await alice.slash(channel, "sources")
        await shoot(env, channel, alice, listed, "sources.png")


async def shoot(env: simcord.Env, channel: Any, member: Any, target: Any, name: str) -> None:
    """Write one message as a small PNG into docs/."""
    page = env.preview(channel, viewers=[member], layout="channel", width=WIDTH, height=HEIGHT)
    async with page as preview:
        report = await preview.screenshot(
            str(DOCS / name), target=target.response, mode="surface", allow_incomplete=True
        )
    with Image.open(DOCS / name) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(
            DOCS / name, optimize=True
        )
    print(f"{name}: complete {report.complete}, {(DOCS / name).stat().st_size // 1024} KB")  # noqa: T201


def main() -> None:
    """Build an index of seeds/ aside, and draw."""
    with tempfile.TemporaryDirectory() as folder:
        lend_browser(Path(folder) / "browsers")
        index = Path(folder) / "index"
        build(DOCS.parent / "seeds", index)
        settings = Settings(
            DISCORD_TOKEN="pictures",  # noqa: S106 - no token: nothing is sent anywhere
            index=index,
            store=Path(folder) / "store.sqlite3",
        )
        asyncio.run(draw(settings))


if __name__ == "__main__":
    main()
