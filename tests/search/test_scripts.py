"""A question in each script finds its passage, through BM25 alone and by the whole search."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build.pipeline import build
from index.search.passage_terms import parse_passage
from index.searcher import Searcher
from index.store.bm25 import BM25Index
from index.store.term_columns import term_columns
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
    folder = tmp_path_factory.mktemp("scripts")
    for name, sample in SAMPLES.items():
        seeds = folder / (name if "language" in sample else "all") / "seeds"
        seeds.mkdir(parents=True, exist_ok=True)
        (seeds / f"{name}.md").write_text("\n\n".join(sample["passages"]), "utf-8")
    for corpus in folder.iterdir():
        build(corpus / "seeds", corpus / "index")
    opened = {corpus.name: Searcher.open(corpus / "index") for corpus in folder.iterdir()}
    yield opened
    for searcher in opened.values():
        searcher.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_search_ranks_the_passage_of_a_question_first(
    name: str, searchers: dict[str, Searcher]
) -> None:
    searcher = searchers.get(name, searchers["all"])
    best = [searcher.rank(question)[0] for question in SAMPLES[name]["questions"]]
    passages = [searcher.quote(1, ranked).passage.text for ranked in best]
    assert passages == SAMPLES[name]["passages"]
