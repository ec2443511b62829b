"""Print answers and tables: in colour on a terminal, as plain text into a pipe."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.api.values import source_values
from bot.cli.wording import plural
from bot.text.answer_sections import answer_sections
from bot.text.text_fragments import link_to_section
from index.errors import QuestionError
from index.searcher import Searcher
from index.types import (
    Answer,
    AnsweredPart,
    ContextKind,
    InputKind,
    Quote,
    Slice,
    Source,
    Verdict,
)

if TYPE_CHECKING:  # slow to import, and most commands do not need them
    from bot.cli.doctor import Check
    from index.build.pipeline import BuildReport
    from index.ingest.add import AddResult
    from index.ingest.loader import FileNote

_MAX_TERMINAL_COLUMNS = 100  # longer lines are hard to read
_PIPE_COLUMNS = 10_000  # so that no line is wrapped
_INDENT = 4
_MAX_FILES_SHOWN = 20
_MAX_SUFFIXES_SHOWN = 6
_MAX_PATHS_SHOWN = 3
_QUOTED_VALUE = re.compile(r"'[^']*'|\d+")
_MAX_MATCHES_SHOWN = 5

# Control characters except tab and newline, line separators, bidi controls, lone surrogates.
_CONTROL_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    "|\r(?!\n)"
)
_CONTROL_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "\u2421"}

_HEADING_KINDS = {ContextKind.HEADING, ContextKind.TITLE}
_CUT_KINDS = {ContextKind.INTRODUCTION, ContextKind.TABLE_HEADER}
_VERDICT_MESSAGES = {
    Verdict.CLOSEST: "These passages may not answer the question, but they come closest:",
    Verdict.NOTHING: "The articles do not say anything about that.",
}
_INPUT_KIND_MESSAGES = {
    InputKind.NO_WORDS: "I couldn't find a question in that. Ask one about the articles.",
    InputKind.GREETING: "Hello! Ask a question about the articles.",
    InputKind.ACKNOWLEDGEMENT: "You're welcome! Ask me anything else about the articles.",
    InputKind.HELP: (
        "I answer questions with exact quotes from the articles: ask one, such as "
        '"When does the museum open?". `quoth sources` lists the articles.'
    ),
    InputKind.OTHER_SCRIPT: "No article uses that script. Ask in a language of the articles.",
    InputKind.ONE_WORD: "A single word is only a topic. Ask a full question to get an answer.",
    InputKind.TEXT: "That looks like a whole paragraph, not a question. Ask in one sentence.",
}
_CHECK_MARKS = {True: ("ok", "green"), False: ("FAIL", "bold red"), None: ("?", "yellow")}


def make_console(*, to_stderr: bool = False) -> Console:
    """Create a console that prints text verbatim: no markup, emoji or highlighting."""
    console = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False)
    console.width = (
        min(console.width, _MAX_TERMINAL_COLUMNS) if console.is_terminal else _PIPE_COLUMNS
    )
    return console


def escape_control_characters(text: str) -> str:
    """Replace each character that a terminal would act on by a visible symbol.

    Such characters could recolour, move or overwrite text or reverse its direction, and so forge a
    citation.
    """
    return _CONTROL_CHARACTERS.sub(lambda match: _CONTROL_PICTURES.get(match[0], "\ufffd"), text)


def print_status(line: str) -> None:
    """Print a line about progress or next steps to stderr; stdout is for answers only."""
    text = Text(escape_control_characters(line))
    make_console(to_stderr=True).print(text, soft_wrap=True)  # paths must not be broken


def print_json(values: Any) -> None:
    """Print one line of JSON, with control characters escaped."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    line = json.dumps(values, ensure_ascii=not utf8)
    sys.stdout.write(_CONTROL_CHARACTERS.sub(lambda match: f"\\u{ord(match[0]):04x}", line) + "\n")
    sys.stdout.flush()


def print_question(question: str) -> None:
    """Print a question above its answer."""
    make_console().print(Text(question, style="bold"))


def print_answer(answer: Answer) -> None:
    """Print the verdict in words, then each quote with its citation."""
    out = make_console()
    if answer.corrected:
        understood = f"I understood this as: {answer.corrected}"
        out.print(Text(escape_control_characters(understood), style="dim"))
    if introduction := _introduction(answer):
        out.print(Text(introduction, style="yellow"))
    for section in answer_sections(answer):
        if section.part is not None:
            _print_part(out, section.part)
        for quote in section.quotes:
            _print_quote(out, quote)
    out.print()


def _print_part(out: Console, part: AnsweredPart) -> None:
    out.print()
    out.print(Text(escape_control_characters(part.text), style="bold underline"))
    if message := _VERDICT_MESSAGES.get(part.verdict):
        out.print(Text(message, style="yellow"))


def _introduction(answer: Answer) -> str | None:
    kind, verdict = answer.input_kind, answer.verdict
    if answer.parts:
        return None
    if kind is not None and (verdict is Verdict.CLOSEST or not kind.is_question):
        return _INPUT_KIND_MESSAGES[kind]
    return _VERDICT_MESSAGES.get(verdict)


def print_sources(sources: Sequence[Source], *, as_json: bool) -> None:
    """Print the articles, one a row."""
    if as_json:
        print_json([source_values(each) for each in sources])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Article", "Title", "Publisher", "Published"):
        table.add_column(column, overflow="fold")
    table.add_column("Passages", justify="right")
    for source in sources:
        metadata = source.metadata
        cells = (source.path, metadata.title, metadata.publisher or "", metadata.published or "")
        table.add_row(*map(Text, map(escape_control_characters, cells)), str(source.passages))
    make_console().print(table)


def resolve_article(searcher: Searcher, query: str) -> str:
    """Return the path of the article with that path, or with all these words in path or title.

    Raises QuestionError if no article or more than one matches.
    """
    if not query.strip():
        raise QuestionError("no article is named; `quoth sources` lists all of them")
    sources, words = searcher.sources(), query.casefold().split()
    if any(source.path == query for source in sources):
        return query
    names = {each.path: f"{each.path} {each.metadata.title}".casefold() for each in sources}
    matches = [path for path, name in names.items() if all(word in name for word in words)]
    if not matches:
        raise QuestionError(f"no article matches {query!r}; `quoth sources` lists all of them")
    if len(matches) > 1:
        shown = matches[:_MAX_MATCHES_SHOWN] + ["…"] * (len(matches) > _MAX_MATCHES_SHOWN)
        raise QuestionError(f"several articles match {query!r}: {', '.join(shown)}")
    return matches[0]


def print_context(passages: Sequence[Slice], quote: Quote) -> None:
    """Print the paragraphs around a quote, with the quote highlighted."""
    out = make_console()
    for passage in passages:
        is_quote = passage.start == quote.passage.start
        plain = Text(escape_control_characters(passage.text), style="dim")
        print_text(out, _quote_text(out, quote) if is_quote else plain)
        out.print()


def print_build_report(report: "BuildReport", *, to_stderr: bool = False) -> None:
    """Print counts, changes, and the files that a build left out."""
    out = make_console(to_stderr=to_stderr)
    counts, changes, encoded = report.counts, report.changes, report.encoded
    engine = f" by {encoded.engine}" if encoded.engine else ""
    texts = f"{plural(encoded.new, 'text')} encoded{engine}, {encoded.reused} reused"
    size = ", ".join(
        (
            plural(counts.articles, "article"),
            plural(counts.passages, "passage"),
            plural(counts.sentences, "sentence"),
        )
    )
    out.print(f"{size} in {report.seconds:.1f} s ({texts}).", soft_wrap=True)
    added, changed, removed = map(len, (changes.added, changes.changed, changes.removed))
    out.print(f"{added} added, {changed} changed, {removed} removed.")
    if not report.published:
        out.print(f"Nothing has changed: snapshot {report.name} stays in service.")
    if report.ignored:
        out.print(ignored_line(report.ignored), soft_wrap=True)
    _print_files(out, "Left out", [f"{each.path}: {each.reason}" for each in report.skipped])
    _print_files(out, "Notes", _note_lines(report.notes))


def ignored_line(ignored: Mapping[str, int]) -> str:
    """Count the files beside the articles, the most common suffixes first."""
    commonest = sorted(ignored.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{count} {suffix or 'without suffix'}" for suffix, count in commonest]
    shown = parts[:_MAX_SUFFIXES_SHOWN] + ["…"] * (len(parts) > _MAX_SUFFIXES_SHOWN)
    return escape_control_characters(f"Other files passed over: {', '.join(shown)}.")


def _note_lines(notes: Sequence["FileNote"]) -> list[str]:
    """Return a line for each kind of note: those that differ only in a quoted value are one."""
    kinds: dict[str, list[FileNote]] = {}
    for note in notes:
        kinds.setdefault(_QUOTED_VALUE.sub("…", note.text), []).append(note)
    return [
        f"{first.path}: {first.text}"
        if not others
        else f"{len(others) + 1} files: {kind}"
        f" ({', '.join(note.path for note in (first, *others)[:_MAX_PATHS_SHOWN])}, …)"
        for kind, (first, *others) in kinds.items()
    ]


def print_left_out(lines: Sequence[str]) -> None:
    """Print the files that a command left out, each with the reason, to stderr."""
    _print_files(make_console(to_stderr=True), "Left out", lines)


def _print_files(out: Console, heading: str, lines: Sequence[str]) -> None:
    """Print a heading with the number of lines, and the first of them."""
    if not lines:
        return
    out.print(Text(f"{heading}: {len(lines)}", style="bold yellow"))
    for line in lines[:_MAX_FILES_SHOWN]:
        out.print(Text(escape_control_characters(f"  {line}")), soft_wrap=True)
    if len(lines) > _MAX_FILES_SHOWN:
        out.print(f"  … and {len(lines) - _MAX_FILES_SHOWN} more")


def print_added(results: Iterable["AddResult"]) -> tuple[int, int]:
    """Print a line for each result of ``add``; return how many were saved and how many failed."""
    out = make_console()
    saved = failed = 0
    for result in results:
        if result.path and result.reason is None:
            saved += 1
            line, style = f"saved {result.path}  from {result.source}", ""
        else:
            failed += not result.already_exists
            line, style = f"{result.source}: {result.reason}", "yellow"
        out.print(Text(escape_control_characters(line), style=style), soft_wrap=True)
    return saved, failed


def print_checks(checks: Sequence["Check"], *, as_json: bool) -> None:
    """Print one line for each check, and the fix under each failed one."""
    if as_json:
        print_json([asdict(check) for check in checks])
        return
    out = make_console()
    for check in checks:
        mark, style = _CHECK_MARKS[check.ok]
        line = Text.assemble((f"{mark:<5}", style), f"{check.name:<10} {check.found}")
        out.print(line, soft_wrap=True)
        if check.fix and check.ok is False:
            out.print(Text(f"      → {check.fix}"), soft_wrap=True)


def _print_quote(out: Console, quote: Quote) -> None:
    out.print()
    number = Text(f"[{quote.citation.number}]", style="bold cyan")
    out.print(Text(" ").join((number, origin(quote))), soft_wrap=True)
    context = list(_context_lines(quote, as_shown=out.is_terminal))
    place = location(quote, with_section=not _has_headings(quote))
    out.print(Text(" " * _INDENT + place, style="dim"), soft_wrap=True)
    for duplicate in quote.duplicates:
        also = Text(" " * _INDENT + "also in ") + origin(duplicate)
        out.print(also + Text(f", {location(duplicate)}", style="dim"), soft_wrap=True)
    out.print()
    for line in context:
        print_text(out, Text(line, style="dim"))
    print_text(out, _quote_text(out, quote))
    if not out.is_terminal and quote.highlight.text != quote.passage.text:
        out.print()
        highlight = escape_control_characters(quote.highlight.text)
        print_text(out, Text(f"Highlight: {highlight}"))


def print_text(out: Console, text: Text) -> None:
    """Indent and wrap on a terminal; print unwrapped into a pipe, where quotes stay exact."""
    if out.is_terminal:
        out.print(Padding(text, (0, 0, 0, _INDENT)))
    else:
        out.print(text, soft_wrap=True)


def origin(quote: Quote) -> Text:
    """Return the title of a quote's article, and who published it when."""
    metadata = quote.citation.metadata
    checked = f"checked {quote.citation.checked}" if quote.citation.checked else None
    details = filter(None, (metadata.publisher, metadata.author, metadata.published, checked))
    rest = escape_control_characters(", ".join(details))
    title = Text(escape_control_characters(metadata.title), style="bold")
    return title + Text(f" — {rest}") if rest else title


def location(quote: Quote, *, with_section: bool = True) -> str:
    """Return the position of a quote: article, section, page, paragraph, link."""
    citation = quote.citation
    parts = [citation.article]
    if citation.section and with_section:
        parts.append(f"“{citation.section}”")
    if citation.page:
        parts.append(f"p. {citation.page}")
    parts.append(f"paragraph {citation.paragraph}")
    if citation.metadata.url:
        parts.append(link_to_section(citation.metadata.url, citation.anchor))
    return escape_control_characters(", ".join(parts))


def _has_headings(quote: Quote) -> bool:
    return any(each.kind in _HEADING_KINDS for each in quote.context)


def _context_lines(quote: Quote, *, as_shown: bool) -> Iterator[str]:
    """Yield the context slices of a quote: headings and titles in one line, then the others.

    ``as_shown`` leaves out the markup of Markdown.
    """
    texts = [(each.kind, _plain_context(quote, each.text, as_shown)) for each in quote.context]
    headings = [text for kind, text in texts if kind in _HEADING_KINDS]
    others = [text for kind, text in texts if kind in _CUT_KINDS]
    for line in filter(None, (" › ".join(headings), *others)):
        yield escape_control_characters(line)


def _plain_context(quote: Quote, text: str, as_shown: bool) -> str:
    if not as_shown:
        return text
    from bot.text.discord_markdown import is_markdown  # noqa: PLC0415 - imports markdown_it
    from bot.text.markdown.blocks import plain_text  # noqa: PLC0415

    return plain_text(text) if is_markdown(quote.citation.article) else text


def _quote_text(out: Console, quote: Quote) -> Text:
    """Return a quote as people read it on a terminal, and verbatim for a pipe."""
    if not out.is_terminal:
        return _with_highlight(quote)
    from bot.cli.markdown_text import markdown_text  # noqa: PLC0415 - imports markdown_it
    from bot.text.discord_markdown import is_markdown  # noqa: PLC0415

    if not is_markdown(quote.citation.article):
        return _with_highlight(quote)
    shown = markdown_text(quote, out.width - _INDENT)
    shown.plain = escape_control_characters(shown.plain)
    return shown


def _with_highlight(quote: Quote) -> Text:
    text = Text(escape_control_characters(quote.passage.text))
    offset = quote.passage.start
    text.stylize("bold green", quote.highlight.start - offset, quote.highlight.end - offset)
    return text
