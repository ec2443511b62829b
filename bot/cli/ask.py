"""Body of ``quoth ask``: answer one question or a file of them, as text or as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.api.values import answer_values
from bot.cli.output.answers import print_answer, print_question
from bot.cli.output.console import print_json
from index.errors import QuestionError
from index.evaluation.question_file import read_objects
from index.filters import Scope
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.types import Answer, Verdict


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to answer and print: at most ``quotes`` quotes, from ``article`` only if it is given.

    ``fill`` quotes as many even if the first suffice. ``skip`` is the number of best passages to
    leave out, ``ranking`` the number to add to JSON.
    """

    quotes: int
    article: str | None = None
    ranking: int = 0
    as_json: bool = False
    strictness: str = "balanced"
    skip: int = 0
    fill: bool = False


def ask_one(searcher: Searcher, question: str, options: AskOptions) -> None:
    """Answer a question and print the answer. Raises QuestionError."""
    _print(answer_question(searcher, question, options), options, {})


def ask_file(searcher: Searcher, path: Path, options: AskOptions) -> None:
    """Answer each line of a JSONL file in order; JSON output carries the line's id."""
    for values in _read_questions(path):
        question = values["question"]
        try:
            answer = answer_question(searcher, question, options)
        except QuestionError:  # one bad question must not cost the others their answers
            answer = Answer(question, Verdict.NOTHING, (), (), searcher.snapshot, 0.0)
        _print(answer, options, {"id": values.get("id")})


def _print(answer: Answer, options: AskOptions, extra: dict[str, Any]) -> None:
    if options.as_json:
        print_json(extra | answer_values(answer, ranking=bool(options.ranking)))
        return
    if extra:  # one of many
        print_question(answer.question)
    print_answer(answer)


def answer_question(searcher: Searcher, question: str, options: AskOptions) -> Answer:
    """Answer a question; checks every quote against its article. Raises QuestionError."""
    answer = searcher.ask(
        question,
        limit=options.quotes,
        skip=options.skip,
        ranking=options.ranking,
        scope=Scope(source=options.article),
        strictness=Strictness(options.strictness),
        fill=options.fill,
    )
    searcher.quoter.check(*answer.quotes)
    return answer


def _read_questions(path: Path) -> Iterator[dict[str, Any]]:
    for number, values in read_objects(path):
        if not isinstance(values.get("question"), str):
            raise QuestionError(
                f'{path}, line {number}: expected an object with a text as "question"'
            )
        yield values
