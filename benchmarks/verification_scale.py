"""Measure how long checks of quotations take over many passages.

    python -m benchmarks.verification_scale DIR --work FOLDER [--passages N] [--count N]

DIR contains articles; passages beyond their number are synthetic, as in ``benchmarks.scale``. A
check needs neither vectors nor a model, so only texts and terms are indexed, in FOLDER.
"""

import argparse
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.common import format_percentiles, resident_megabytes
from benchmarks.scale import endless_articles
from benchmarks.verification import WORD, change_word, changed, edit
from index.search.passage_terms import PassageTerms, parse_passage
from index.searcher import Searcher
from index.store.contents import BM25_FOLDER, SnapshotContents
from index.store.corpus_columns import corpus_columns, write_corpus
from index.store.local import LocalSnapshot
from index.store.term_columns import term_columns
from index.store.term_writer import write_terms
from index.types import Article, Metadata, Passage, Sentence
from index.verification.result import Match
from index.verification.verify import verify


def main(articles: Path, work: Path, passages: int, count: int) -> None:
    """Index the passages, check sentences of the real articles, print the times."""
    if not (work / BM25_FOLDER).exists():
        work.mkdir(parents=True, exist_ok=True)
        _index(articles, work, passages)
    opened: Any = SimpleNamespace(manifest=SimpleNamespace(name="lexical"), close=lambda: None)
    searcher = Searcher(LocalSnapshot(opened, SnapshotContents(work)))
    print(f"{len(searcher.contents.corpus)} passages\n")
    print("| sentences | exact | near | none | time of a check |\n|---|---|---|---|---|")
    generator = random.Random(0)
    true = _sentences(articles, generator)
    vocabulary = sorted({word for sentence in true for word in WORD.findall(sentence)})
    verify(searcher, true[0])
    rows = {
        "true": true,
        "edited": changed(true, edit, generator, vocabulary),
        "altered": changed(true, change_word, generator, vocabulary),
    }
    for name, sentences in rows.items():
        checked = [verify(searcher, text) for text in sentences[:count]]
        cells = [str(sum(each.match is match for each in checked)) for match in Match]
        times = format_percentiles([1000 * each.seconds for each in checked])
        print(f"| {len(checked)} {name} | {' | '.join(cells)} | {times} |", flush=True)
    print(f"\n{resident_megabytes()} MB")


def _index(articles: Path, folder: Path, passages: int) -> None:
    made = list(islice(_articles(articles), _limit(articles, passages)))
    parts = [_passages(article) for article in made]
    articles_and_parts = [*zip(made, parts, strict=True)]
    write_corpus(folder, [corpus_columns(*each) for each in articles_and_parts])
    write_terms(
        folder,
        [term_columns([_terms(article, p) for p in own]) for article, own in articles_and_parts],
        known_languages=(),
    )


def _terms(article: Article, passage: Passage) -> PassageTerms:
    text = article.text[passage.start : passage.end]
    sentences = [article.text[each.start : each.end] for each in passage.sentences]
    return parse_passage(text, sentences, article.metadata.title, "en")


def _limit(articles: Path, passages: int) -> int:
    """Count the articles that have so many passages together."""
    total = 0
    for number, (_, paragraphs) in enumerate(endless_articles(articles), 1):
        total += len(paragraphs)
        if total >= passages:
            return number
    return 0


def _articles(articles: Path) -> Iterator[Article]:
    for number, (title, paragraphs) in enumerate(endless_articles(articles)):
        text = "\n\n".join(each.strip() or "-" for each in paragraphs)
        yield Article(f"{number:06}.txt", text, Metadata(title, language="en"), ())


def _passages(article: Article) -> tuple[Passage, ...]:
    start, passages = 0, []
    for number, part in enumerate(article.text.split("\n\n"), 1):
        end = start + len(part)
        passages.append(Passage(start, end, number, (Sentence(start, end),)))
        start = end + 2
    return tuple(passages)


def _sentences(articles: Path, generator: random.Random) -> list[str]:
    texts = (path.read_text("utf-8") for path in sorted(articles.rglob("*.txt")))
    sentences = [part for text in texts for part in text.replace("\n\n", ". ").split(". ")]
    kept = sorted({each for each in sentences if len(each.split()) >= 6})
    generator.shuffle(kept)
    return kept


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("articles", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    main(options.articles, options.work, options.passages, options.count)
