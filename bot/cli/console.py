"""What a terminal shows: colours and bars for people, plain text in a pipe."""

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.text.text_fragments import at_section
from index.build.pipeline import BuildReport
from index.errors import QuestionError
from index.searcher import Searcher
from index.types import Answer, InputKind, Quote, Slice, Source, Verdict

if TYPE_CHECKING:  # it loads aiohttp, which a question need not wait for
    from bot.cli.doctor import Check

_WIDEST = 100  # columns; longer lines are hard to read
_INDENT = 4
_SHOWN_SKIPPED = 20
_SHOWN_MEANT = 5
_UNBOUND = 10_000  # columns of a pipe, where a line must stay in one piece

# Controls but tab and line ends, what turns the reading direction, what cannot be encoded.
_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    "|\r(?!\n)"
)
_SIGNS = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "\u2421"}

_INTRODUCTION = {
    Verdict.CLOSEST: "These passages may not answer the question; they come closest:",
    Verdict.NOTHING: "The articles do not say anything about that.",
}
_NOTES = {
    InputKind.NO_WORDS: "There are no words in that: ask a question about the articles.",
    InputKind.GREETING: "Hello! Ask a question about the articles.",
    InputKind.OTHER_SCRIPT: "No article uses that script: ask in a language of the articles.",
    InputKind.ONE_WORD: "One word is a topic: ask a whole question for an answer.",
    InputKind.TEXT: "That is a text rather than a question: ask it in one sentence.",
}


def print_answer(answer: Answer) -> None:
    """The verdict in words, then each quote with its citation."""
    out = console()
    if introduction := _introduction(answer):
        out.print(Text(introduction, style="yellow"))
    for quote in answer.quotes:
        _print_quote(out, quote)
    out.print()


def _introduction(answer: Answer) -> str | None:
    note, verdict = answer.note, answer.verdict
    if note is not None and (verdict is Verdict.CLOSEST or not note.is_question):
        return _NOTES[note]
    return _INTRODUCTION.get(verdict)


def print_json(values: Any) -> None:
    """One line of JSON; what a terminal would obey is escaped."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    line = json.dumps(values, ensure_ascii=not utf8)
    sys.stdout.write(_OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n")
    sys.stdout.flush()


def seen(text: str) -> str:
    """The text with a sign in the place of each character that a terminal would obey.

    They could colour, move and overwrite what is shown, or turn its direction: a forged citation.
    """
    return _OBEYED.sub(lambda found: _SIGNS.get(found[0], "\ufffd"), text)


def print_sources(sources: Sequence[Source], *, as_json: bool) -> None:
    """The articles, one a row."""
    if as_json:
        print_json([_source_values(source) for source in sources])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Article", "Title", "Publisher", "Published"):
        table.add_column(column, overflow="fold")
    table.add_column("Passages", justify="right")
    for source in sources:
        told = source.metadata
        cells = (source.path, told.title, told.publisher or "", told.published or "")
        table.add_row(*map(Text, map(seen, cells)), Text(str(source.passages)))
    console().print(table)


def article_of(searcher: Searcher, typed: str) -> str:
    """The path of the article meant: a path, or words that one title or path alone has.

    Raises QuestionError when none or several are meant.
    """
    sources, words = searcher.sources(), typed.casefold().split()
    if any(source.path == typed for source in sources):
        return typed
    told = {one.path: f"{one.path} {one.metadata.title}".casefold() for one in sources}
    found = [path for path, text in told.items() if all(word in text for word in words)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(found[:_SHOWN_MEANT]) + ", …" * (len(found) > _SHOWN_MEANT)
        raise QuestionError(f"several articles match {typed!r}: {listed}")
    raise QuestionError(f"there is no article {typed!r}; `quoth sources` lists those there are")


def print_article(searcher: Searcher, article: str) -> None:
    """Passages of an article with their numbers. Raises QuestionError."""
    out = console()
    for number, passage in enumerate(searcher.passages(article), 1):
        out.print(Text(f"{number:>3}", style="cyan"))
        _print_text(out, Text(seen(passage.text)))
        out.print()


def print_context(passages: Sequence[Slice], quote: Quote) -> None:
    """Paragraphs around a quote, the quote marked."""
    out = console()
    for passage in passages:
        marked = passage.start == quote.passage.start
        text = _with_highlight(quote) if marked else Text(seen(passage.text), style="dim")
        _print_text(out, text)
        out.print()


def print_report(report: BuildReport, *, to_stderr: bool = False) -> None:
    """What a build did, and every file that it left out."""
    out = console(to_stderr=to_stderr)
    counts, changes, encoded = report.counts, report.changes, report.encoded
    engine = f" by {encoded.engine}" if encoded.engine else ""
    texts = f"{encoded.new} texts encoded{engine}, {encoded.reused} reused"
    out.print(
        f"{counts.articles} articles, {counts.passages} passages, {counts.sentences} sentences "
        f"in {report.seconds:.1f} s ({texts}).",
        soft_wrap=True,
    )
    told = (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed))
    out.print(", ".join(f"{len(paths)} {what}" for what, paths in told) + ".")
    if not report.published:
        out.print(f"Nothing has changed: snapshot {report.name} stays in service.")
    if report.skipped:
        out.print(Text(f"Left out: {len(report.skipped)}", style="bold yellow"))
    for skip in report.skipped[:_SHOWN_SKIPPED]:
        out.print(Text(seen(f"  {skip.path}: {skip.reason}")), soft_wrap=True)
    if len(report.skipped) > _SHOWN_SKIPPED:
        out.print(f"  … and {len(report.skipped) - _SHOWN_SKIPPED} more")


def print_checks(checks: Sequence["Check"], *, as_json: bool) -> None:
    """A line a check, and under each that failed its fix."""
    if as_json:
        print_json([asdict(check) for check in checks])
        return
    out = console()
    for check in checks:
        mark, style = _MARKS[check.ok]
        line = Text.assemble((f"{mark:<5}", style), f"{check.name:<10} {check.found}")
        out.print(line, soft_wrap=True)
        if check.fix and check.ok is False:
            out.print(Text(f"      → {check.fix}"), soft_wrap=True)


_MARKS = {True: ("ok", "green"), False: ("FAIL", "bold red"), None: ("?", "yellow")}


def say(line: str) -> None:
    """A line about what is going on, on stderr, so that stdout holds answers alone."""
    console(to_stderr=True).print(Text(seen(line)), soft_wrap=True)  # a path must stay in one piece


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function that hears (step, done, total): bars on a terminal, silence in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _step, _done, _total: None
        return
    from rich import progress as bars  # noqa: PLC0415 - not needed in a pipe

    columns = (
        bars.TextColumn("{task.description:<14}"), bars.BarColumn(), bars.MofNCompleteColumn(),
        bars.TaskProgressColumn(show_speed=True), bars.TimeRemainingColumn(),
    )  # fmt: skip
    with bars.Progress(*columns, console=console(to_stderr=True)) as shown:
        tasks: dict[str, bars.TaskID] = {}

        def hear(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(step, total=total)
            shown.update(tasks[step], completed=done, total=total)

        yield hear


def _print_quote(out: Console, quote: Quote) -> None:
    out.print()
    number = Text(f"[{quote.citation.number}]", style="bold cyan")
    out.print(Text(" ").join((number, _origin(quote))), soft_wrap=True)
    out.print(Text(" " * _INDENT + _place(quote), style="dim"), soft_wrap=True)
    for copy in quote.also:
        origin = Text(" " * _INDENT + "also in ") + _origin(copy)
        out.print(origin + Text(f", {_place(copy)}", style="dim"), soft_wrap=True)
    out.print()
    _print_text(out, _with_highlight(quote))
    if not out.is_terminal and quote.highlight.text != quote.passage.text:
        out.print()
        _print_text(out, Text(f"Highlight: {seen(quote.highlight.text)}"))


def _print_text(out: Console, text: Text) -> None:
    """Indented and wrapped for people; as it is in a pipe, where a quote must stay whole."""
    if out.is_terminal:
        out.print(Padding(text, (0, 0, 0, _INDENT)))
    else:
        out.print(text, soft_wrap=True)


def _origin(quote: Quote) -> Text:
    told = quote.citation.metadata
    rest = ", ".join(filter(None, (told.publisher, told.author, told.published)))
    title = Text(seen(told.title), style="bold")
    return title + Text(f" — {seen(rest)}") if rest else title


def _place(quote: Quote) -> str:
    citation = quote.citation
    parts = [citation.article]
    if citation.section:
        parts.append(f"“{citation.section}”")
    if citation.page:
        parts.append(f"p. {citation.page}")
    parts.append(f"paragraph {citation.paragraph}")
    if citation.metadata.url:
        parts.append(at_section(citation.metadata.url, citation.anchor))
    return seen(", ".join(parts))


def _with_highlight(quote: Quote) -> Text:
    text = Text(seen(quote.passage.text))
    offset = quote.passage.start
    text.stylize("bold green", quote.highlight.start - offset, quote.highlight.end - offset)
    return text


def _source_values(source: Source) -> dict[str, Any]:
    told = source.metadata
    return {
        "article": source.path,
        "title": told.title,
        "publisher": told.publisher,
        "author": told.author,
        "published": told.published,
        "url": told.url,
        "language": told.language,
        "passages": source.passages,
    }


def console(*, to_stderr: bool = False) -> Console:
    """A console that takes text as it is: no markup, no emoji, no guessed colours."""
    made = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False)
    made.width = min(made.width, _WIDEST) if made.is_terminal else _UNBOUND
    return made
