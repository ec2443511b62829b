from pathlib import Path

import pytest

from index.build.pipeline import build
from index.search.selection.editions import edition_of, has_editions
from index.searcher import Searcher
from tests.support.index_fixtures import MakeSeeds

PORTS = "# Ports\n\nThe server listens on port {}080. It writes log files to the folder `logs`.\n"


@pytest.mark.parametrize(
    ("path", "article", "version"),
    [
        ("docs/v2.0/ports.md", "docs/ports.md", (2, 0)),
        ("docs/ports.md", "docs/ports.md", (float("inf"),)),
        ("docs/latest/ports.md", "docs/ports.md", (float("inf"),)),
        ("versioned_docs/version-1.4/ports.md", "docs/ports.md", (1, 4)),
        ("1.x/ports.md", "ports.md", (1,)),
        ("minutes/2024/05/budget.md", "minutes/budget.md", (2024, 5)),
        ("python3/ports.md", "python3/ports.md", (float("inf"),)),
    ],
)
def test_versions_are_folders(path: str, article: str, version: tuple[float, ...]) -> None:
    edition = edition_of(path)
    assert (edition.article, edition.version) == (article, version)


def test_passages_of_one_article_are_no_editions() -> None:
    assert not has_editions(["v1/a.md", "v1/a.md", "v2/b.md"])
    assert has_editions(["v1/a.md", "v2/a.md"])


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Which port does the server listen on?", "v10.0/ports.md"),
        ("Which port does the server listen on in 9.2?", "v9.2/ports.md"),
        ("Which port does the server listen on in v2?", "v2.0/ports.md"),
        ("Which port does the server listen on in 7.0?", "v10.0/ports.md"),
    ],
)
def test_the_newest_edition_comes_first_or_the_one_asked_for(
    index: Path, make_seeds: MakeSeeds, question: str, first: str
) -> None:
    versions = ("1.0", "2.0", "9.2", "10.0")
    build(make_seeds({f"v{each}/ports.md": PORTS.format(each[0]) for each in versions}), index)
    with Searcher.open(index) as searcher:
        ranking = searcher.ask(question, fill=True, ranking=4)
        assert ranking.quotes[0].citation.article == first
        scores = [hit.score for hit in ranking.ranking]
        assert scores == sorted(scores, reverse=True)


def test_chapters_with_numbers_keep_their_order(index: Path, make_seeds: MakeSeeds) -> None:
    chapters: dict[str, str | bytes] = {
        "1/index.md": "# Course\n\nThe first lesson is about knots: a bowline never slips.\n",
        "2/index.md": "# Course\n\nThe second lesson is about sails and how they are reefed.\n",
    }
    build(make_seeds(chapters), index)
    with Searcher.open(index) as searcher:
        answer = searcher.ask("Which knot never slips?")
        assert answer.quotes[0].citation.article == "1/index.md"
