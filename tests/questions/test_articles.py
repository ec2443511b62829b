"""Read the articles some at a time: pages, suggestions, and what a choice or free text means."""

from dataclasses import dataclass, field

import pytest

from bot.questions.articles import VisibleArticles
from bot.questions.autocomplete import choice_value
from index.filters import ALL_ARTICLES, Scope
from index.types import Metadata, Source
from tests.support.fake_searcher import FakeSearcher

LONG = f"{'long/' * 25}name.txt"
NAMES = [*(f"news/{number:04}.txt" for number in range(1_234)), "tea.md", LONG]


@dataclass
class ManyArticles(FakeSearcher):
    """A searcher with many articles that counts how many it hands out at once."""

    articles: dict[str, tuple[Metadata, str]] = field(
        default_factory=lambda: {
            name: (Metadata(f"Title of {name}", "P"), "Text.") for name in NAMES
        }
    )
    largest: int = 0

    def sources(
        self,
        scope: Scope = ALL_ARTICLES,
        *,
        after: str = "",
        limit: int | None = None,
        like: str = "",
    ) -> list[Source]:
        found = super().sources(scope, after=after, limit=limit, like=like)
        self.largest = max(self.largest, len(found) if limit else 0)
        return found


@pytest.fixture
def articles() -> VisibleArticles:
    return VisibleArticles(ManyArticles(), ALL_ARTICLES)


def test_every_article_comes_once(articles: VisibleArticles) -> None:
    assert [source.path for source in articles.iterate()] == NAMES


@pytest.mark.parametrize(
    ("number", "shown"), [(0, 0), (7, 7), (205, 205), (206, 205), (9_999, 205)]
)
def test_pages_of_all_articles(articles: VisibleArticles, number: int, shown: int) -> None:
    page = articles.page(number, 6)
    assert (page.number, page.pages, page.total) == (shown, 206, len(NAMES))
    assert [each.path for each in page.sources] == NAMES[6 * shown : 6 * shown + 6]


def test_pages_of_matches_and_of_nothing(articles: VisibleArticles) -> None:
    page = articles.page(1, 6, "news/00")
    assert [each.path for each in page.sources] == [f"news/{n:04}.txt" for n in range(6, 12)]
    assert page.total == 100
    nothing = VisibleArticles(articles.searcher, Scope(collections=("none",))).page(3, 6)
    assert (nothing.sources, nothing.number, nothing.pages, nothing.total) == ((), 0, 1, 0)


def test_only_as_many_are_read_as_are_suggested(articles: VisibleArticles) -> None:
    assert len(articles.suggestions("")) == 25
    assert isinstance(articles.searcher, ManyArticles)
    assert articles.searcher.largest == 25
    assert [each.path for each in articles.suggestions("tea.md titel")] == ["tea.md"]


@pytest.mark.parametrize("typed", ["tea.md", LONG, choice_value(LONG), "title of tea.md"])
def test_a_choice_or_free_text_means_one_article(articles: VisibleArticles, typed: str) -> None:
    (meant,) = articles.candidates(typed)
    assert meant.path in {"tea.md", LONG}


def test_articles_out_of_scope_are_not_seen(articles: VisibleArticles) -> None:
    news = VisibleArticles(articles.searcher, Scope(collections=("news",)))
    assert news.get("tea.md") is None
    assert [*news.by_path(["tea.md", "news/0001.txt"])] == ["news/0001.txt"]
    assert news.candidates(choice_value(LONG)) == []
