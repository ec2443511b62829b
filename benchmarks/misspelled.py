"""Write questions with a typo in the rarest word of each.

    python -m benchmarks.misspelled DIR FILE [--every N]

DIR has ``articles`` and ``questions.jsonl``; FILE gets every N-th question, for ``quoth eval
--questions FILE``. One letter behind the first is dropped, added, changed or swapped with the next,
unless that makes another word of the articles.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_LETTERS = "etaoinsrhldcum"  # the most frequent ones
_MAX_SHARE = 1 / 50  # of the paragraphs with a word; more frequent ones are not misspelled
_SEED = 7
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
_WORD = re.compile(r"[A-Za-z]{5,}")


class Misspeller:
    """Misspells questions about articles, in the same way each time."""

    def __init__(self, texts: Iterable[str]) -> None:
        paragraphs = [part for text in texts for part in _PARAGRAPH_BREAK.split(text)]
        self._max_count = _MAX_SHARE * len(paragraphs)
        self._counts = Counter(
            word for part in paragraphs for word in set(re.findall(r"\w+", part.lower()))
        )
        self._random = random.Random(_SEED)

    def misspell(self, question: str) -> str:
        """Misspell the rarest long word that the articles contain, or return the question."""
        found = {match: self._counts[match[0].lower()] for match in _WORD.finditer(question)}
        rare = {match: count for match, count in found.items() if count < self._max_count}
        match = min(rare, key=lambda match: rare[match] or self._max_count, default=None)
        if match is None:
            return question
        typo = self._typo(match[0])
        is_word = self._counts[typo.lower()] > 0
        return question if is_word else question[: match.start()] + typo + question[match.end() :]

    def _typo(self, word: str) -> str:
        kind, place = self._random.choice("drop swap change add".split()), self._place(word)
        before, after = word[:place], word[place + 1 :]
        if kind == "drop":
            return before + after
        if kind == "add":
            return before + self._random.choice(_LETTERS) + word[place:]
        if kind == "swap" and after:
            return before + after[0] + word[place] + after[1:]
        others = [letter for letter in _LETTERS if letter != word[place].lower()]
        return before + self._random.choice(others) + after

    def _place(self, word: str) -> int:
        return self._random.randrange(1, len(word))


def main() -> None:
    """Write the questions, and print how many have a typo."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    options = parser.parse_args()
    paths = sorted(path for path in (options.folder / "articles").rglob("*") if path.is_file())
    misspeller = Misspeller(path.read_text("utf-8", "replace") for path in paths)
    lines = (options.folder / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines][:: options.every]
    misspelled = [{**each, "question": misspeller.misspell(each["question"])} for each in questions]
    options.file.write_text("".join(json.dumps(each) + "\n" for each in misspelled), "utf-8")
    changed = sum(a != b for a, b in zip(questions, misspelled, strict=True))
    print(f"{changed} of {len(questions)} questions have a typo")


if __name__ == "__main__":
    main()
