from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_site import LocalSite, serve_site


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """Serve a web site on the loopback interface."""
    with serve_site() as server:
        yield server


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Create an empty seeds folder."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder
