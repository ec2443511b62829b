from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_site import LocalSite, serve_site


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with serve_site() as local_site:
        yield local_site


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder
