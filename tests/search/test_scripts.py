"""A question in each script finds its passage, through BM25 alone and by the whole search."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.search.passage_terms import parse_passage
from index.searcher import Searcher
from index.store.bm25 import BM25Index
from index.store.term_columns import term_columns
from tests.support.index_fixtures import build_once
from tests.text.test_scripts import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_bm25_ranks_the_passage_of_a_question_first(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    language = sample.get("language", name)
    parsed = [parse_passage(passage, [passage], "", language) for passage in sample["passages"]]
    BM25Index.build(tmp_path / "bm25", enumerate(term_columns(parsed).indexed()))
    index = BM25Index.open(tmp_path / "bm25", (language,))
    ranked_first = [index.search(question, 2)[0][0] for question in sample["questions"]]
    assert ranked_first == list(range(len(sample["passages"])))


@pytest.fixture(scope="module")
def searchers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Searcher]]:
    """Build one index of all languages, and one for each sample in another spelling."""
    corpora: dict[str, dict[str, str]] = {}
    for name, sample in SAMPLES.items():
        articles = corpora.setdefault(name if "language" in sample else "all", {})
        articles[f"{name}.md"] = "\n\n".join(sample["passages"])
    indexes = {
        name: build_once(tmp_path_factory, f"script-{name}", articles)
        for name, articles in corpora.items()
    }
    opened = {name: Searcher.open(index) for name, index in indexes.items()}
    yield opened
    for searcher in opened.values():
        searcher.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_search_ranks_the_passage_of_a_question_first(
    name: str, searchers: dict[str, Searcher]
) -> None:
    searcher = searchers.get(name, searchers["all"])
    best = [searcher.rank(question)[0] for question in SAMPLES[name]["questions"]]
    passages = [searcher.quoter.quote(1, ranked).passage.text for ranked in best]
    assert passages == SAMPLES[name]["passages"]
