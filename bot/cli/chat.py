"""Body of ``quoth chat``: a prompt for trying the bot as a member would."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bot.cli.ask import AskOptions, answer_question
from bot.cli.console import print_answer, print_article, print_context, print_sources, print_status
from bot.cli.searchers import open_current
from bot.config.settings import Settings
from index.errors import QuestionError, QuothError
from index.searcher import Searcher
from index.store import snapshot
from index.types import Answer, Quote, Verdict

HELP = """Ask a question, or enter a command:
  more          the paragraphs around the first quote; more 2: around quote 2
  next          the next passages for the same question
  source        the whole article of the first quote; source 2: of quote 2
  sources       all articles
  help, quit"""
_NO_QUOTE = "There is no quote yet: ask a question first."


@dataclass
class _ChatSession:
    """State of the prompt between two lines."""

    settings: Settings
    searcher: Searcher
    answer: Answer | None = None
    skip: int = 0
    last_attempt: str | None = None  # the snapshot opened last, or one that failed to open


def run_chat(settings: Settings, searcher: Searcher) -> None:
    """Read lines from standard input and answer them until it ends."""
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - gives input() line editing and history
    session = _ChatSession(settings, searcher.warm())
    print_status(HELP)
    while (line := _read_line()) not in {"quit", "exit", "q"}:
        if line:
            _handle_line(session, line)
    session.searcher.close()


def _read_line() -> str:
    try:
        return input("? ").strip()
    except EOFError:
        print_status("")  # so that the shell's prompt starts on a new line
        return "quit"


def _handle_line(session: _ChatSession, line: str) -> None:
    _switch_to_new_snapshot(session)
    name, _, argument = line.lower().partition(" ")
    command = _COMMANDS.get(name if argument.isdecimal() else line.lower(), _ask)
    try:
        command(session, line)
    except QuothError as error:
        print_status(str(error))


def _switch_to_new_snapshot(session: _ChatSession) -> None:
    try:
        name = snapshot.current(session.settings.index)
        if name in {None, session.searcher.snapshot, session.last_attempt}:
            return
        session.last_attempt = name
        searcher = open_current(session.settings)
    except QuothError as error:
        print_status(f"Cannot open the newest index, so the previous one stays in service: {error}")
        return
    session.searcher.close()
    session.searcher, session.answer = searcher, None


def _ask(session: _ChatSession, line: str) -> None:
    session.skip = 0
    session.answer = _search(session, line)
    print_answer(session.answer)


def _next(session: _ChatSession, _line: str) -> None:
    if session.answer is None or session.answer.verdict is Verdict.NOTHING:
        raise QuestionError(_NO_QUOTE)
    session.skip += session.settings.quotes
    answer = _search(session, session.answer.question)
    if not answer.quotes:
        print_status("There are no more passages.")
        return
    session.answer = answer
    print_answer(answer)


def _search(session: _ChatSession, question: str) -> Answer:
    settings = session.settings
    options = AskOptions(settings.quotes, skip=session.skip, strictness=settings.strictness)
    return answer_question(session.searcher, question, options)


def _select_quote(session: _ChatSession, line: str) -> Quote:
    """Return the quote whose number ends the line, or the first one. Raises QuestionError."""
    quotes = session.answer.quotes if session.answer else ()
    if not quotes:
        raise QuestionError(_NO_QUOTE)
    number = line.rpartition(" ")[2]
    if not number.isdecimal():
        return quotes[0]
    for quote in quotes:
        if quote.citation.number == int(number):
            return quote
    first, last = quotes[0].citation.number, quotes[-1].citation.number
    raise QuestionError(f"There is no quote {number}: the last answer has {first} to {last}.")


def _more(session: _ChatSession, line: str) -> None:
    quote = _select_quote(session, line)
    passages = session.searcher.passages(quote.citation.article)
    position = quote.citation.paragraph - 1
    print_context(passages[max(0, position - 1) : position + 2], quote)


def _source(session: _ChatSession, line: str) -> None:
    print_article(session.searcher, _select_quote(session, line).citation.article)


_COMMANDS: dict[str, Callable[[_ChatSession, str], None]] = {
    "more": _more,
    "next": _next,
    "source": _source,
    "sources": lambda session, _: print_sources(session.searcher.sources(), as_json=False),
    "help": lambda *_: print_status(HELP),
}
