"""Print answers: the verdict in words, then each quote with its citation."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from bot.cli.output.console import INDENT, escape_control_characters, make_console, print_text
from bot.text.answer_sections import answer_sections
from bot.text.text_fragments import link_to_section
from index.text.article_formats import is_markdown
from index.types import Answer, AnsweredPart, ContextKind, InputKind, Quote, Slice, Verdict

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
    if kind is not None and (verdict is Verdict.CLOSEST or not answer.is_question):
        return _INPUT_KIND_MESSAGES[kind]
    return _VERDICT_MESSAGES.get(verdict)


def print_context(passages: Sequence[Slice], quote: Quote) -> None:
    """Print the paragraphs around a quote, with the quote highlighted."""
    out = make_console()
    for passage in passages:
        is_quote = passage.start == quote.passage.start
        plain = Text(escape_control_characters(passage.text), style="dim")
        print_text(out, _quote_text(out, quote) if is_quote else plain)
        out.print()


def _print_quote(out: Console, quote: Quote) -> None:
    out.print()
    number = Text(f"[{quote.citation.number}]", style="bold cyan")
    out.print(Text(" ").join((number, origin(quote))), soft_wrap=True)
    context = list(_context_lines(quote, as_shown=out.is_terminal))
    place = location(quote, with_section=not _has_headings(quote))
    out.print(Text(" " * INDENT + place, style="dim"), soft_wrap=True)
    for duplicate in quote.duplicates:
        also = Text(" " * INDENT + "also in ") + origin(duplicate)
        out.print(also + Text(f", {location(duplicate)}", style="dim"), soft_wrap=True)
    out.print()
    for line in context:
        print_text(out, Text(line, style="dim"))
    print_text(out, _quote_text(out, quote))
    if not out.is_terminal and quote.highlight.text != quote.passage.text:
        out.print()
        highlight = escape_control_characters(quote.highlight.text)
        print_text(out, Text(f"Highlight: {highlight}"))


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
    from bot.text.markdown.parse import plain_text  # noqa: PLC0415 - imports markdown_it

    return (
        plain_text(text) if is_markdown(quote.citation.article, quote.citation.metadata) else text
    )


def _quote_text(out: Console, quote: Quote) -> Text:
    """Return a quote as people read it on a terminal, and verbatim for a pipe."""
    if not out.is_terminal:
        return _with_highlight(quote)
    from bot.cli.output.markdown_text import markdown_text  # noqa: PLC0415 - imports markdown_it

    if not is_markdown(quote.citation.article, quote.citation.metadata):
        return _with_highlight(quote)
    shown = markdown_text(quote, out.width - INDENT)
    shown.plain = escape_control_characters(shown.plain)
    return shown


def _with_highlight(quote: Quote) -> Text:
    text = Text(escape_control_characters(quote.passage.text))
    text.stylize("bold green", *quote.highlight_in_passage)
    return text
