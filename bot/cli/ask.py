"""Body of ``quoth ask``: answer one question or a file of them, as text or as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.cli.console import print_answer, print_json, resolve_article
from index.errors import QuestionError, QuothError
from index.filters import Scope
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.types import Answer, Quote, Verdict


@dataclass(frozen=True, slots=True)
class AskOptions:
    """How to answer and print: at most ``quotes`` quotes, from the article ``source`` only.

    ``skip`` is the number of best passages to leave out, ``ranking`` the number to add to JSON.
    """

    quotes: int
    source: str | None = None
    ranking: int = 0
    as_json: bool = False
    strictness: str = "balanced"
    skip: int = 0


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
        print_json(extra | _answer_values(answer, ranking=bool(options.ranking)))
    else:
        print_answer(answer)


def answer_question(searcher: Searcher, question: str, options: AskOptions) -> Answer:
    """Answer a question; checks every quote against its article. Raises QuestionError."""
    source = resolve_article(searcher, options.source) if options.source else None
    answer = searcher.ask(
        question,
        limit=options.quotes,
        skip=options.skip,
        ranking=options.ranking,
        scope=Scope(source=source),
        strictness=Strictness(options.strictness),
    )
    for quote in answer.quotes:
        searcher.check(quote)
    return answer


def _read_questions(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuothError(f"{path} cannot be read as UTF-8 text ({error})") from error
    return (_parse_line(path, n, line) for n, line in enumerate(lines, 1) if line.strip())


def _parse_line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise QuothError(f"{path}, line {number}: not valid JSON ({error})") from error
    if not isinstance(values, dict) or not isinstance(values.get("question"), str):
        raise QuothError(f'{path}, line {number}: expected an object {{"id": …, "question": "…"}}')
    return values


def _answer_values(answer: Answer, *, ranking: bool) -> dict[str, Any]:
    """Convert an answer to JSON values; offsets are characters in the article's text."""
    values: dict[str, Any] = {
        "question": answer.question,
        "verdict": str(answer.verdict),
        "snapshot": answer.snapshot,
        "seconds": round(answer.seconds, 4),
        "quotes": [_quote_values(quote) for quote in answer.quotes],
    }
    if ranking:
        values["ranking"] = [
            {
                "article": hit.article,
                "start": hit.start,
                "end": hit.end,
                "score": round(hit.score, 6),
            }
            for hit in answer.ranking
        ]
    return values


def _quote_values(quote: Quote) -> dict[str, Any]:
    values = {"number": quote.citation.number, **_citation_values(quote)}
    values["score"] = round(quote.score, 6)
    if quote.duplicates:
        values["also"] = [_citation_values(duplicate) for duplicate in quote.duplicates]
    return values


def _citation_values(quote: Quote) -> dict[str, Any]:
    citation = quote.citation
    metadata = asdict(citation.metadata)
    del metadata["language"]
    optional = {"section": citation.section, "page": citation.page, "anchor": citation.anchor}
    return {
        "article": citation.article,
        **metadata,
        "paragraph": citation.paragraph,
        **{name: value for name, value in optional.items() if value is not None},
        **asdict(quote.passage),
        "highlight": asdict(quote.highlight),
        "context": [asdict(each) for each in quote.context],
    }
