"""``quoth chat``: a prompt to try the bot as a member would."""

from contextlib import suppress
from dataclasses import dataclass

from bot.cli import console as terminal
from bot.config.settings import Settings
from index.errors import QuestionError, QuothError
from index.search.reranker import load_or_none
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.store import snapshot
from index.types import Answer, Quote, Verdict

HELP = """Ask a question, or:
  more          the paragraphs around the first quote; more 2: around quote 2
  next          the next passages for the same question
  source        the article of the first quote, whole; source 2: of quote 2
  sources       all articles
  help, quit"""
_NO_QUOTE = "There is no quote yet: ask something first."


@dataclass
class _Session:
    """What the prompt remembers between two lines."""

    settings: Settings
    searcher: Searcher
    answer: Answer | None = None
    skip: int = 0
    refused: str | None = None  # a snapshot that was tried, and for which another may serve


def run(settings: Settings) -> None:
    """Read lines until there are no more."""
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - only imported, it gives input() arrows and history
    session = _Session(settings, _open(settings).warm())
    terminal.say(HELP)
    while (line := _read()) is not None:
        if line in {"quit", "exit", "q"}:
            break
        if line:
            _answer_line(session, line)
    session.searcher.close()


def _open(settings: Settings) -> Searcher:
    return Searcher.open(settings.index, load_or_none(settings.reranker))


def _answer_line(session: _Session, line: str) -> None:
    _swap(session)
    name, _, rest = line.lower().partition(" ")
    command = _COMMANDS.get(name if rest.isdecimal() else line.lower(), _ask)
    try:
        command(session, line)
    except QuothError as error:
        terminal.say(str(error))


def _read() -> str | None:
    try:
        return input("? ").strip()
    except EOFError:
        terminal.say("")  # the shell's prompt begins a line of its own
        return None


def _swap(session: _Session) -> None:
    """Between two questions, go over to a snapshot that was built meanwhile."""
    try:
        name = snapshot.current(session.settings.index)
        if name in {None, session.searcher.snapshot, session.refused}:
            return
        session.refused = name
        fresh = _open(session.settings)
    except QuothError as error:
        terminal.say(f"The newest index cannot be opened, the one before answers: {error}")
        return
    session.searcher.close()
    session.searcher, session.answer = fresh, None


def _ask(session: _Session, line: str) -> None:
    session.skip = 0
    session.answer = _page(session, line)
    terminal.print_answer(session.answer)


def _next(session: _Session, _line: str) -> None:
    if session.answer is None or session.answer.verdict is Verdict.NOTHING:
        raise QuestionError(_NO_QUOTE)
    session.skip += session.settings.quotes
    page = _page(session, session.answer.question)
    if not page.quotes:
        terminal.say("There are no more passages.")
        return
    session.answer = page
    terminal.print_answer(page)


def _page(session: _Session, question: str) -> Answer:
    answer = session.searcher.ask(
        question,
        limit=session.settings.quotes,
        skip=session.skip,
        strictness=Strictness(session.settings.strictness),
    )
    for quote in answer.quotes:
        session.searcher.check(quote)
    return answer


def _quote(session: _Session, line: str) -> Quote:
    """The quote whose number the line ends with, or the first. Raises QuestionError."""
    quotes = session.answer.quotes if session.answer else ()
    if not quotes:
        raise QuestionError(_NO_QUOTE)
    wanted = line.rpartition(" ")[2]
    if not wanted.isdecimal():
        return quotes[0]
    for quote in quotes:
        if quote.citation.number == int(wanted):
            return quote
    first, last = quotes[0].citation.number, quotes[-1].citation.number
    raise QuestionError(f"There is no quote {wanted} here: the last were {first} to {last}.")


def _more(session: _Session, line: str) -> None:
    quote = _quote(session, line)
    passages = session.searcher.passages(quote.citation.article)
    here = quote.citation.paragraph - 1
    terminal.print_context(passages[max(0, here - 1) : here + 2], quote)


def _source(session: _Session, line: str) -> None:
    terminal.print_article(session.searcher, _quote(session, line).citation.article)


def _sources(session: _Session, _line: str) -> None:
    terminal.print_sources(session.searcher.sources(), as_json=False)


def _help(_session: _Session, _line: str) -> None:
    terminal.say(HELP)


_COMMANDS = {"more": _more, "next": _next, "source": _source, "sources": _sources, "help": _help}
