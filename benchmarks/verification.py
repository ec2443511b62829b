"""Measure how well true, edited, altered and foreign sentences are told apart.

    python -m benchmarks.verification DIR --work FOLDER [--count N]

DIR contains articles. Every third of them is left out of the index, which is built in FOLDER: its
sentences are foreign. Sentences of the others are checked as they are; as an editor quotes them,
with other quotation marks, another initial and words left out; and with one word, number or
negation changed. Prints the share of each outcome, and the time that a check takes.
"""

import argparse
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.common import format_percentiles
from index.build.pipeline import build
from index.searcher import Searcher
from index.verification.result import Match
from index.verification.verify import verify

_MIN_WORDS = 6  # a shorter sentence is in many articles
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|had|can|could|will|would|may|might|must|should|did|does|do)\b(?! not)"
)
_NUMBER = re.compile(r"\d")
WORD = re.compile(r"\b[a-z]{5,}\b")

Change = Callable[[str, random.Random, Sequence[str]], str | None]


def change_word(sentence: str, generator: random.Random, vocabulary: Sequence[str]) -> str | None:
    """Replace one word by another of the articles."""
    words = list(WORD.finditer(sentence))
    if not words:
        return None
    word = generator.choice(words)
    other = generator.choice([each for each in vocabulary if each != word[0]])
    return sentence[: word.start()] + other + sentence[word.end() :]


def change_number(sentence: str, generator: random.Random, _: Sequence[str]) -> str | None:
    """Replace one digit by another."""
    digits = list(_NUMBER.finditer(sentence))
    if not digits:
        return None
    digit = generator.choice(digits)
    other = generator.choice([each for each in "123456789" if each != digit[0]])
    return sentence[: digit.start()] + other + sentence[digit.end() :]


def change_negation(sentence: str, _: random.Random, __: Sequence[str]) -> str | None:
    """Remove a "not", or add one."""
    if " not " in sentence:
        return sentence.replace(" not ", " ", 1)
    negated = _AUXILIARY.sub(r"\1 not", sentence, count=1)
    return negated if negated != sentence else None


def edit(sentence: str, generator: random.Random, _: Sequence[str]) -> str | None:
    """Quote as an editor does: other marks and dashes, another initial, words left out."""
    text = sentence.replace('"', "”").replace("'", "’").replace("–", "—").rstrip(".")
    words = text.split(" ")
    if generator.random() < 0.5 and len(words) > 8:
        start = generator.randrange(2, len(words) - 5)
        words[start : start + 3] = [generator.choice(["…", "[…]", ". . .", "..."])]
    text = " ".join(words)
    if not text[0].isalpha():
        return f"“{text}”"
    initial = text[0].swapcase()
    return f"“{generator.choice([initial, f'[{initial}]'])}{text[1:]},”"


ALTERATIONS: tuple[Change, ...] = (change_word, change_number, change_negation)


def main(articles: Path, work: Path, count: int) -> None:
    """Build the index, check the sentences, print the table."""
    indexed, foreign = _split_articles(articles, work)
    generator = random.Random(0)
    with Searcher.open(indexed) as searcher, Searcher.open(foreign) as other:
        true = _sample(searcher, generator)
        vocabulary = sorted({word for sentence in true for word in WORD.findall(sentence)})
        rows = {
            "true": true,
            "edited": changed(true, edit, generator, vocabulary),
            "altered": _interleaved(
                [changed(true, change, generator, vocabulary) for change in ALTERATIONS]
            ),
            "foreign": _sample(other, generator),
        }
        verify(searcher, true[0])  # opens the index
        print(f"{len(searcher.contents.corpus)} passages\n")
        print("| sentences | exact | near | none | time of a check |\n|---|---|---|---|---|")
        for name, sentences in rows.items():
            _print_row(searcher, name, sentences[:count])


def _print_row(searcher: Searcher, name: str, sentences: Sequence[str]) -> None:
    checked = [verify(searcher, sentence) for sentence in sentences]
    outcomes = Counter(each.match for each in checked)
    cells = " | ".join(str(outcomes[match]) for match in Match)
    times = format_percentiles([1000 * each.seconds for each in checked])
    print(f"| {len(sentences)} {name} | {cells} | {times} |", flush=True)
    if name == "altered":
        for each in checked:
            if each.match is Match.EXACT:
                print(f"  called exact: {each.text}")


def _split_articles(articles: Path, work: Path) -> tuple[Path, Path]:
    """Build two indexes: of two thirds of the articles, and of the others."""
    paths = sorted(path for path in articles.rglob("*") if path.is_file())
    for index, path in enumerate(paths):
        target = work / ("others" if index % 3 == 2 else "seeds") / path.relative_to(articles)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    build(work / "seeds", work / "index")
    build(work / "others", work / "index-others")
    return work / "index", work / "index-others"


def _sample(searcher: Searcher, generator: random.Random) -> list[str]:
    """Return the sentences of all passages in random order, each once."""
    corpus = searcher.contents.corpus
    rows = map(corpus.passage, range(len(corpus)))
    texts = {sentence.text for row in rows for sentence in row.sentences}
    sentences = sorted(text for text in texts if len(text.split()) >= _MIN_WORDS)
    generator.shuffle(sentences)
    return sentences


def changed(
    sentences: Sequence[str], change: Change, generator: random.Random, vocabulary: Sequence[str]
) -> list[str]:
    """Return the sentences that a change makes, without those that it leaves as they are."""
    made = (change(sentence, generator, vocabulary) for sentence in sentences)
    known = set(sentences)
    return [sentence for sentence in made if sentence and sentence not in known]


def _interleaved(lists: Sequence[Sequence[str]]) -> list[str]:
    def rounds() -> Iterator[str]:
        for same_position in zip(*lists, strict=False):
            yield from same_position

    return list(rounds())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("articles", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2000)
    arguments = parser.parse_args()
    main(arguments.articles, arguments.work, arguments.count)
