"""Body of ``quoth chat``: a prompt for trying the bot as a member would."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bot.cli.ask import AskOptions, answer_question
from bot.cli.output.answers import print_answer, print_context
from bot.cli.output.articles import print_article, print_sources
from bot.cli.output.console import print_status
from bot.cli.searchers import open_current, open_store
from bot.config.settings import Settings
from bot.questions.follow_up import rewrite_follow_up
from index.errors import QuestionError, QuothError
from index.searcher import Searcher
from index.types import Answer, Quote, Verdict

HELP = """Ask a question or a follow-up ("and in July?"), or enter a command:
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
    answer: Answer | None = None  # shown last
    question: str = ""  # asked last, as it was understood; follow-ups build on it
    quotes: dict[int, Quote] = field(default_factory=dict)  # shown for it, by number
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
        name = open_store(session.settings).current()
        if name in {None, session.searcher.snapshot, session.last_attempt}:
            return
        session.last_attempt = name
        searcher = open_current(session.settings)
    except QuothError as error:
        print_status(f"Cannot open the newest index, so the previous one stays in service: {error}")
        return
    session.searcher.close()
    session.searcher, session.answer = searcher, None
    session.quotes.clear()


def _ask(session: _ChatSession, line: str) -> None:
    rewritten = rewrite_follow_up(line, session.question)
    if rewritten:
        print_status(f"I understood this as: {rewritten}")
    answer = _search(session, rewritten or line, skip=0)
    print_answer(answer)
    if answer.is_question:
        session.quotes.clear()
        session.question = answer.question
        _remember(session, answer, skip=0)


def _next(session: _ChatSession, _line: str) -> None:
    if session.answer is None or session.answer.verdict is Verdict.NOTHING:
        raise QuestionError(_NO_QUOTE)
    skip = session.skip + len(session.answer.quotes)
    answer = _search(session, session.question, skip)
    if not answer.quotes:
        print_status("There are no more passages.")
        return
    _remember(session, answer, skip)
    print_answer(answer)


def _search(session: _ChatSession, question: str, skip: int) -> Answer:
    settings = session.settings
    options = AskOptions(settings.quotes, skip=skip, strictness=settings.strictness)
    return answer_question(session.searcher, question, options)


def _remember(session: _ChatSession, answer: Answer, skip: int) -> None:
    session.answer, session.skip = answer, skip
    session.quotes |= {quote.citation.number: quote for quote in answer.quotes}


def _select_quote(session: _ChatSession, line: str) -> Quote:
    """Return the quote whose number ends the line, or the first one shown last.

    Raises QuestionError.
    """
    if not session.quotes or session.answer is None:
        raise QuestionError(_NO_QUOTE)
    number = line.rpartition(" ")[2]
    if not number.isdecimal():
        return session.answer.quotes[0]
    if quote := session.quotes.get(int(number)):
        return quote
    first, last = min(session.quotes), max(session.quotes)
    raise QuestionError(f"There is no quote {number}: the last answer has {first} to {last}.")


def _more(session: _ChatSession, line: str) -> None:
    quote = _select_quote(session, line)
    passages = [each.passage for each in session.searcher.passages(quote.citation.article)]
    position = quote.citation.paragraph - 1
    print_context(passages[max(0, position - 1) : position + 2], quote)


def _source(session: _ChatSession, line: str) -> None:
    print_article(session.searcher, _select_quote(session, line).citation.article)


_COMMANDS: dict[str, Callable[[_ChatSession, str], None]] = {
    "more": _more,
    "next": _next,
    "source": _source,
    "sources": lambda session, _: print_sources(session.searcher.opened.sources(), as_json=False),
    "help": lambda *_: print_status(HELP),
}
