import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.api.service import ProgramService
from bot.config.settings import Settings
from bot.services.hot_swap import HotSwapSearcher
from bot.services.search_pool import SearchPool
from index.build.pipeline import build

TOKEN = "a token of many characters"  # noqa: S105 - of the tests only
HOSTILE = "A paragraph with <script>alert(1)</script> & “marks”\nin two lines about hostile owls."
ARTICLES = {
    "tea.md": (
        "---\ntitle: All about tea\npublisher: Tea Board\npublished: 2021-03-09\n---\n\n"
        "# Green\n\nGreen tea is not fermented. It is steamed soon after the harvest.\n\n"
        "# Black\n\nBlack tea is fermented for two to four hours. It keeps for years.\n"
    ),
    "web/coffee.md": (
        "---\ntitle: Coffee\nurl: https://coffee.example/beans\n---\n\n"
        "Robusta coffee holds twice the caffeine of arabica.\n"
    ),
    "secret/plan.txt": "The plan\n\nThe museum will be sold to the highest bidder in June.\n",
    "odd names/a b#c?.txt": f"Odd <b>names</b>\n\n{HOSTILE}\n",
    "long.txt": "A long one\n\n" + "\n\n".join(f"Paragraph about item {n}." for n in range(1, 80)),
}


@pytest.fixture(scope="session")
def programs_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    for name, text in ARTICLES.items():
        path = folder / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    build(folder / "seeds", folder / "index")
    return folder / "index"


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("QUOTH_", "DISCORD_")):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(programs_index: Path) -> Settings:
    """Settings of an operator whose server 1 has the collection "secret" for itself."""
    return Settings(index=programs_index, collections={1: ("secret",)})


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[ProgramService]:
    pool = SearchPool(HotSwapSearcher.from_index(settings.index, None))
    await pool.start()
    yield ProgramService.from_settings(settings, pool)
    await pool.close()


def quoth_command(*arguments: str) -> tuple[str, list[str]]:
    """Return the program and arguments that run a command of this tree."""
    return sys.executable, ["-m", "bot.cli", *arguments]
