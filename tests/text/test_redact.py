from pathlib import Path

import pytest

from bot.text.redact import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("process 1234 is already building in /srv/q/index", "another process is already building in index"),  # noqa: E501
        ("cannot open the store /srv/q/data.sqlite3 (disk full)", "cannot open the store data.sqlite3 (disk full)"),  # noqa: E501
        ("[Errno 28] No space left: '/var/lib/quoth/x.new'", "[Errno 28] No space left: 'x.new'"),
        ("the model ~/models/mini cannot be loaded", "the model mini cannot be loaded"),
        ("no article 'drinks/coffee.txt'; see /sources", "no article 'drinks/coffee.txt'; see /sources"),  # noqa: E501
        ("see https://tea.example/a/b", "see https://tea.example/a/b"),
        ("run `/curate pin add`", "run `/curate pin add`"),
    ],
)  # fmt: skip
def test_paths_and_process_ids_are_left_out(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_configured_folders_are_left_out_as_they_are_written() -> None:
    folders = (Path("data/index"), Path("/srv/my articles/seeds"))
    text = "nothing in /srv/my articles/seeds/a.txt, or data/index"
    assert redact(text, folders) == "nothing in seeds/a.txt, or index"
