"""``quoth ask``: one question, or a file of them, printed for people or for machines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli import console as terminal
from bot.cli.answer_json import answer_values
from index.errors import QuestionError, QuothError
from index.filters import Scope
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.types import Answer, Verdict


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to ask: most quotes, one article only, length of the ranking, JSON or text, how sure."""

    quotes: int
    source: str | None
    ranking: int
    as_json: bool
    strictness: Strictness = Strictness.BALANCED


def ask_one(searcher: Searcher, question: str, how: AskOptions) -> None:
    """Ask and print. Raises QuestionError."""
    answer = _ask(searcher, question, how)
    if how.as_json:
        terminal.print_json(answer_values(answer, ranking=bool(how.ranking)))
    else:
        terminal.print_answer(answer)


def ask_file(searcher: Searcher, path: Path, how: AskOptions) -> None:
    """Ask each line of ``path`` in order; one line out for each, with its id."""
    for line in _questions(path):
        answer = _ask_or_nothing(searcher, line["question"], how)
        if how.as_json:
            values = {"id": line.get("id")} | answer_values(answer, ranking=bool(how.ranking))
            terminal.print_json(values)
        else:
            terminal.print_answer(answer)


def _ask(searcher: Searcher, question: str, how: AskOptions) -> Answer:
    source = terminal.article_of(searcher, how.source) if how.source else None
    answer = searcher.ask(
        question,
        limit=how.quotes,
        ranking=how.ranking,
        scope=Scope(source=source),
        strictness=how.strictness,
    )
    for quote in answer.quotes:
        searcher.check(quote)
    return answer


def _ask_or_nothing(searcher: Searcher, question: str, how: AskOptions) -> Answer:
    """One bad question must not cost the others their answers."""
    try:
        return _ask(searcher, question, how)
    except QuestionError:
        return Answer(question, Verdict.NOTHING, (), (), searcher.snapshot, 0.0)


def _questions(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise QuothError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise QuothError(f"{path} cannot be read as UTF-8 text ({error})") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _parsed(path, number, line)


def _parsed(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise QuothError(f"{path}, line {number}: no JSON ({error})") from error
    if not isinstance(values, dict) or not isinstance(values.get("question"), str):
        raise QuothError(f'{path}, line {number}: wanted an object {{"id": …, "question": "…"}}')
    return values
