from pathlib import Path
from typing import Any

import pytest

from tests.support.curators import add_curator
from tests.support.discord_fakes import World
from tests.support.fake_searcher import ARTICLES


@pytest.fixture
def carol(world: World) -> Any:
    """A member who may manage the server."""
    return add_curator(world)


@pytest.fixture
def seeds(world: World) -> Path:
    """Write the articles of the fake searcher into a folder."""
    folder = world.folder / "seeds"
    for path, (_, body) in ARTICLES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(body)
    return folder
