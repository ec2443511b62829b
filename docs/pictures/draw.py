"""Draw the documentation's screenshots of Discord.

    pip install '.[pictures]' && apt-get install chromium
    python -m docs.pictures.draw

The real bot answers from ``seeds/`` in a simulated Discord (simcord), which a headless Chromium
draws. Playwright expects its own build of Chromium; it gets the system's instead.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import playwright
import simcord
from PIL import Image

from bot.app.client import create_bot
from bot.config.settings import Settings
from bot.services.rebuild import OnRebuildStep, Rebuilder
from docs.pictures.curator_scenes import draw_curators, draw_source_report
from docs.pictures.people_scenes import draw_people
from index.build.pipeline import BuildReport, build

PICTURES = Path(__file__).parent
SEEDS = PICTURES.parent.parent / "seeds"
WIDTH, HEIGHT = 700, 2000
SIMULATION = {"shard_count": 1, "settle_timeout": 60.0}  # seconds: a busy machine draws, too
HANDBOOK = """# Server handbook

## Playing together

### PvP

Players cannot hurt each other in towns. To turn PvP off for *yourself*, type `/pvp off` in chat,
or set this in [your profile](https://play.example/profile):

=== "Windows"

    ```ini
    # %APPDATA%/game/profile.ini
    pvp=false
    ```

=== "Linux"

    ```ini
    # ~/.config/game/profile.ini
    pvp=false
    ```

## Ranks

| Rank | Homes | Claims |
|------|-------|--------|
| Guest | 1 | 0 |
| Member | 3 | **2** |
| Builder | 10 | 8 |
"""
QUESTION = "When could ISIS resurge in Syria?"


def provide_browser(folder: Path) -> None:
    """Wrap the system's Chromium in the place where Playwright looks for its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not on the PATH: apt-get install chromium")
    manifest = Path(playwright.__file__).parent / "driver/package/browsers.json"
    browsers = json.loads(manifest.read_text("utf-8"))["browsers"]
    shell = next(browser for browser in browsers if browser["name"] == "chromium-headless-shell")
    home = folder / f"chromium_headless_shell-{shell['revision']}"
    program = home / "chrome-headless-shell-linux64" / "chrome-headless-shell"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {chromium} --headless=new --no-sandbox "$@"\n', "utf-8")
    program.chmod(0o755)
    (home / "INSTALLATION_COMPLETE").touch()
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(folder)


async def draw_member_scenes(settings: Settings) -> None:
    """Draw answers, their buttons and the other commands of members."""
    async with simcord.run(create_bot(settings), **SIMULATION) as env:
        env.backend.bot_user.name = "Quoth"
        channel = env.create_guild("Newsroom").create_text_channel("ask-the-articles")
        alice = env.guild.add_member(env.create_user("alice"))
        asked: Any = await alice.slash(channel, "ask", question=QUESTION)
        context = await alice.click(asked.response, label="More context")
        following = await alice.click(asked.response, label="Next passages")
        await shoot(env, channel, alice, asked, "answer.png")
        await shoot(env, channel, alice, context, "context.png")
        await shoot(env, channel, alice, following, "next.png")
        nothing = await alice.slash(channel, "ask", question="Who won the chess championship?")
        await shoot(env, channel, alice, nothing, "nothing.png")
        closest = await alice.slash(channel, "ask", question="What does Russia say about Syria?")
        await shoot(env, channel, alice, closest, "closest.png")
        await draw_follow_up(env, channel, alice, asked)
        await draw_share(env, channel, alice)
        for name, command in (
            ("sources", "sources"),
            ("help", "help"),
            ("privacy", "privacy show"),
        ):
            await shoot(env, channel, alice, await alice.slash(channel, command), f"{name}.png")


async def draw_documentation(settings: Settings) -> None:
    """Draw an answer from a page with tabs and code."""
    async with simcord.run(create_bot(settings), **SIMULATION) as env:
        env.backend.bot_user.name = "Quoth"
        channel = env.create_guild("Game server").create_text_channel("help")
        alice = env.guild.add_member(env.create_user("alice"))
        asked = await alice.slash(channel, "ask", question="how do i turn pvp off for myself")
        await shoot(env, channel, alice, asked, "documentation.png")


async def draw_follow_up(env: simcord.Env, channel: Any, alice: Any, asked: Any) -> None:
    """Draw a follow-up question and its answer."""
    form = await alice.click(asked.response, label="Follow-up")
    field = form.modal["components"][0]["component"]["custom_id"]
    answered = await alice.submit_modal(form, {field: "what about Iraq?"})
    await shoot(env, channel, alice, answered, "follow-up.png")


async def draw_share(env: simcord.Env, channel: Any, alice: Any) -> None:
    """Draw a private answer whose Share button was pressed, and the shared message."""
    asked = await alice.slash(channel, "ask", question=QUESTION, private=True)
    await alice.click(asked.response, label="Share")
    await shoot(env, channel, alice, asked, "private.png")
    shared = SimpleNamespace(response=channel.last_message)
    await shoot(env, channel, alice, shared, "shared.png")


async def draw_curator_scenes(settings: Settings) -> None:
    """Draw the commands of curators, on a copy of the articles."""
    client = create_bot(settings)
    async with simcord.run(client, **SIMULATION) as env:
        env.backend.bot_user.name = "Quoth"
        await draw_curators(env, client, shoot)
        await draw_source_report(env, client, shoot)


async def draw_people_scenes(settings: Settings) -> None:
    """Draw how people take part, on a copy of the articles."""
    client = create_bot(settings)

    async def build_here(_: OnRebuildStep) -> BuildReport:  # the simulation waits for no process
        return build(settings.seeds, settings.index)

    client.curation.rebuilder = Rebuilder(build_here)
    async with simcord.run(client, **SIMULATION) as env:
        env.backend.bot_user.name = "Quoth"
        await draw_people(env, client, settings.seeds, shoot)


async def shoot(env: simcord.Env, channel: Any, member: Any, target: Any, name: str) -> None:
    """Save a screenshot of one message as a small PNG in docs/pictures/."""
    page = env.preview(channel, viewers=[member], layout="channel", width=WIDTH, height=HEIGHT)
    async with page as preview:
        report = await preview.screenshot(
            str(PICTURES / name), target=target.response, mode="surface", allow_incomplete=True
        )
    with Image.open(PICTURES / name) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(
            PICTURES / name, optimize=True
        )
    print(f"{name}: complete {report.complete}, {(PICTURES / name).stat().st_size // 1024} KB")  # noqa: T201


def main() -> None:
    """Build a temporary index of seeds/ and draw all screenshots."""
    with tempfile.TemporaryDirectory() as folder:
        provide_browser(Path(folder) / "browsers")
        index = Path(folder) / "index"
        build(SEEDS, index)
        settings = Settings(index=index, store=Path(folder) / "store.sqlite3")
        asyncio.run(draw_member_scenes(settings))
        handbook = Path(folder) / "handbook"
        handbook.mkdir()
        (handbook / "handbook.md").write_text(HANDBOOK, "utf-8")
        build(handbook, Path(folder) / "handbook-index")
        documentation = {
            "index": Path(folder) / "handbook-index",
            "store": Path(folder) / "d.sqlite3",
        }
        asyncio.run(draw_documentation(settings.model_copy(update=documentation)))
        seeds = shutil.copytree(SEEDS, Path(folder) / "seeds")
        overrides = {"seeds": seeds, "store": Path(folder) / "curators.sqlite3"}
        asyncio.run(draw_curator_scenes(settings.model_copy(update=overrides)))
        overrides["store"] = Path(folder) / "people.sqlite3"
        overrides["index"] = shutil.copytree(index, Path(folder) / "people-index")
        asyncio.run(draw_people_scenes(settings.model_copy(update=overrides)))


if __name__ == "__main__":
    main()
