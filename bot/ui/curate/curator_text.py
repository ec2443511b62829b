"""Render what curators read as texts within Discord's limits, without any input or output."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from bot.services.curation import CurationOutcome, PinCheck
from bot.services.rebuild import RebuildStep
from bot.storage.pins import Pin, PinResult
from bot.storage.unanswered import QuestionGroup
from bot.storage.usage import UsageSummary
from bot.text.curator_messages import CuratorMessages
from bot.text.discord_markdown import escape, size
from bot.text.refusals import translate_reason
from bot.text.truncate import shorten
from index.types import Verdict

TEXT_UNITS = 3900  # UTF-16 units of text in a message; Discord's limit is 4000
_MAX_BLOCKS = 15  # Discord accepts 40 components, among them lines between blocks, and buttons
_MAX_LIST_ITEMS = 10
_MAX_LINE_UNITS = 180
_MAX_QUOTED = 5  # articles that were quoted most
_BAR_CHARS = 20
# Shares of a rebuild that are done when each step begins and ends; encoding takes most time.
_STEP_STARTS = {"reading": 0.0, "encoding": 0.2, "indexing words": 0.95}
_STEP_ENDS = (0.2, 0.95, 1.0)


def verdict_label(verdict: Verdict, messages: CuratorMessages) -> str:
    """Name a verdict in a curator's language."""
    return {
        Verdict.ANSWERED: messages.verdict_answered,
        Verdict.CLOSEST: messages.verdict_closest,
        Verdict.NOTHING: messages.verdict_nothing,
    }[verdict]


def fit_lines(lines: Iterable[str], limit: int = TEXT_UNITS) -> str:
    """Join as many lines as fit into ``limit`` units, and end with … if some do not."""
    fitting: list[str] = []
    for line in lines:
        limit -= size(line) + 1
        if limit < 2:
            return "\n".join([*fitting, "…"])
        fitting.append(line)
    return "\n".join(fitting)


def fit_blocks(blocks: Sequence[str], limit: int = TEXT_UNITS) -> list[str]:
    """Return the blocks, cut after the lines that fit into ``limit`` units together.

    The last of too many blocks are joined.
    """
    if len(blocks) > _MAX_BLOCKS:
        separate = _MAX_BLOCKS - 1
        blocks = [*blocks[:separate], "\n".join(blocks[separate:])]
    fitting: list[str] = []
    for block in blocks:
        fitting.append(fit_lines(block.split("\n"), limit))
        limit -= size(fitting[-1])
        if limit < 2 or fitting[-1].endswith("…"):
            break
    return fitting


class ProgressText:
    """The steps of a rebuild and their progress.

    ``exact`` must be False when other servers' articles are included; it hides all numbers.
    """

    def __init__(self, messages: CuratorMessages, *, exact: bool) -> None:
        self._messages = messages
        self._exact = exact
        self._steps: dict[str, RebuildStep] = {}
        self._started_at: dict[str, float] = {}  # clock seconds of each step
        self._now = 0.0

    def update(self, step: RebuildStep, clock_seconds: float) -> None:
        """Record the progress of a step."""
        self._steps[step.name] = step
        self._started_at.setdefault(step.name, clock_seconds)
        self._now = clock_seconds

    def text(self) -> str:
        """Render a progress bar, and a line for each step."""
        fraction = self._fraction()
        filled = round(fraction * _BAR_CHARS)
        bar = "▰" * filled + "▱" * (_BAR_CHARS - filled)
        return "\n".join([f"`{bar}` {fraction:.0%}", *map(self._line, _STEP_STARTS)])

    def _fraction(self) -> float:
        fraction = 0.0
        for (name, start), end in zip(_STEP_STARTS.items(), _STEP_ENDS, strict=True):
            if name in self._steps:
                fraction = start + (end - start) * _done(self._steps[name])
        return fraction

    def _line(self, name: str) -> str:
        label = {
            "reading": self._messages.reading_articles,
            "encoding": self._messages.encoding_passages,
            "indexing words": self._messages.indexing_words,
        }[name]
        step = self._steps.get(name)
        if step is None:
            return f"-# ▫️ {label}"
        details = [self._amount(step), self._passage_count(name), self._time_left(step)]
        icon = "✅" if step.done >= step.total else "⏳"
        return " · ".join([f"{icon} {label}", *filter(None, details)])

    def _amount(self, step: RebuildStep) -> str:
        if not self._exact or step.total <= 1:
            return f"{_done(step):.0%}" if 0 < step.done < step.total else ""
        if step.done >= step.total:
            return f"{step.total:,}"
        return self._messages.progress.format(done=f"{step.done:,}", total=f"{step.total:,}")

    def _passage_count(self, name: str) -> str:
        passages = self._steps.get("passages")
        if name != "reading" or passages is None or not self._exact:
            return ""
        text = self._messages.passages(passages.total)
        return text.replace(str(passages.total), f"{passages.total:,}")

    def _time_left(self, step: RebuildStep) -> str:
        elapsed = self._now - self._started_at[step.name]
        if not 0 < step.done < step.total or elapsed < 1:
            return ""
        seconds = round(elapsed / step.done * (step.total - step.done))
        if seconds >= 100:
            return self._messages.minutes_left.format(round(seconds / 60))
        return self._messages.seconds_left.format(max(1, seconds))


def _done(step: RebuildStep) -> float:
    return min(1.0, step.done / step.total) if step.total else 1.0


def _decimal(number: str, messages: CuratorMessages) -> str:
    return number.replace(".", messages.decimal_mark)


def outcome_blocks(outcome: CurationOutcome, guild_id: int, messages: CuratorMessages) -> list[str]:
    """Summarize a rebuild: a block each for counts, changes, new answers and pins."""
    result = outcome.result
    heading = messages.rebuild_done if result.published else messages.nothing_changed
    articles = messages.articles(result.counts.articles)
    passages = messages.passages(result.counts.passages)
    seconds = _decimal(f"{result.seconds:.1f}", messages)
    summary = [heading, f"-# {articles} · {passages} · {seconds} s"]
    if not result.published:
        summary.append(messages.index_up_to_date)
    answered = [
        f"❓ {shorten(each.group.newest.question, _MAX_LINE_UNITS)}"
        for each in outcome.answered
        if each.guild == guild_id
    ]
    blocks = [
        summary,
        *_change_blocks(outcome, messages),
        list_block(messages.newly_answered, answered, messages),
        pin_lines(outcome.pins, messages),
    ]
    return fit_blocks(["\n".join(lines) for lines in blocks if lines])


def _change_blocks(outcome: CurationOutcome, messages: CuratorMessages) -> list[list[str]]:
    """List the articles that were added, changed, removed and skipped, and notes on new ones."""
    result = outcome.result
    changes = (
        (messages.articles_added, "➕", result.changes.added),
        (messages.articles_changed, "✏️", result.changes.changed),
        (messages.articles_removed, "➖", result.changes.removed),
    )
    blocks = []
    for label, icon, paths in changes:
        first = paths[:_MAX_LIST_ITEMS]  # a first build adds thousands
        lines = [f"{icon} {article_line(path, outcome.title(path))}" for path in first]
        blocks.append(list_block(label, lines, messages, len(paths)))
    skipped = [
        f"⚠️ {_short_path(skip.path)}: "
        f"{shorten(translate_reason(skip.reason, messages), _MAX_LINE_UNITS)}"
        for skip in result.skipped[:_MAX_LIST_ITEMS]
    ]
    new = {*result.changes.added, *result.changes.changed}
    notes = [note for note in result.notes if note.path in new]
    noted = [
        f"ℹ️ {_short_path(note.path)}: "
        f"{shorten(translate_reason(note.text, messages), _MAX_LINE_UNITS)}"
        for note in notes[:_MAX_LIST_ITEMS]
    ]
    return [
        *blocks,
        list_block(messages.files_skipped, skipped, messages, len(result.skipped)),
        list_block(messages.files_noted, noted, messages, len(notes)),
    ]


def list_block(
    label: str, lines: Sequence[str], messages: CuratorMessages, count: int | None = None
) -> list[str]:
    """Put a label with the number of items above the first lines; return [] for no lines.

    ``count`` is the number of items if ``lines`` are only the first of them.
    """
    if not lines:
        return []
    count = len(lines) if count is None else count
    rest = count - _MAX_LIST_ITEMS
    more = [messages.and_more.format(rest)] if rest > 0 else []
    return [label.format(count), *lines[:_MAX_LIST_ITEMS], *more]


def pin_lines(pins: PinCheck | None, messages: CuratorMessages) -> list[str]:
    """Compare the pinned questions' results with the previous ones.

    ``pins`` is None if they could not be checked.
    """
    if pins is None:
        return [messages.pins_not_checked]
    if not pins.total:
        return []
    if not pins.changes:
        return [messages.pins_unchanged(pins.total)]
    lines = [messages.pins_changed.format(changed=len(pins.changes), total=pins.total)]
    for change in pins.changes:
        before = pin_result_text(change.pin.last_result, messages)
        now = pin_result_text(change.new_result, messages)
        lines.append(f"📌 {shorten(change.pin.question, _MAX_LINE_UNITS)}")
        lines.append(f"-# {messages.answer_before}: {before}")
        lines.append(f"-# {messages.answer_now}: {now}")
    return lines


def pin_result_text(result: PinResult, messages: CuratorMessages) -> str:
    """Render the verdict, and the first quote with its article."""
    label = verdict_label(result.verdict, messages)
    if not result.quote or not result.article:
        return label
    quote = shorten(result.quote.strip('“”"„‟« »'), _MAX_LINE_UNITS)
    return f"{label}, {messages.in_quotes.format(quote)} ({_short_path(result.article)})"


def pin_text(pin: Pin, messages: CuratorMessages) -> str:
    """Render a pinned question and its last result."""
    question = shorten(pin.question, _MAX_LINE_UNITS)
    return f"📌 {question}\n-# {pin_result_text(pin.last_result, messages)}"


def group_text(group: QuestionGroup, guild_id: int, messages: CuratorMessages) -> str:
    """Render an unanswered question: how often and when it was asked, why it is listed, where."""
    newest = group.newest
    times = messages.times_asked(len(group.questions))
    reason = messages.voted_down if group.downvoted else messages.nothing_found
    details = [times, f"<t:{newest.asked_at}:R>", reason]
    if newest.channel and newest.message:
        link = f"https://discord.com/channels/{guild_id}/{newest.channel}/{newest.message}"
        details.append(f"[{messages.jump_link}]({link})")
    lines = [f"**{shorten(newest.question, 300)}**", f"-# {' · '.join(details)}"]
    if group.comments:
        comments = shorten(group.comments, 200)
        lines.append(f"-# {messages.wanted_by_member.format(comments)}")
    return "\n".join(lines)


def stats_blocks(
    periods: Mapping[int, tuple[UsageSummary, tuple[int, int]]],
    titles: Mapping[str, str],
    messages: CuratorMessages,
) -> list[str]:
    """Render figures for each period, and the most quoted articles of the last one.

    ``periods`` maps a number of days to the summary, and the numbers of 👍 and 👎.
    """
    lines = [messages.stats_heading]
    for days, (summary, votes) in periods.items():
        lines += _period_lines(summary, days, votes, messages)
    quoted = [messages.most_quoted] if summary.articles else []
    for rank, (path, count) in enumerate(summary.articles[:_MAX_QUOTED], 1):
        line = article_line(path, titles.get(path))
        quoted.append(f"{rank}\\. {line} · {messages.times_quoted(count)}")
    return fit_blocks(["\n".join(block) for block in (lines, quoted) if block])


def most_quoted(periods: Mapping[int, tuple[UsageSummary, tuple[int, int]]]) -> list[str]:
    """Return the paths of the articles whose titles ``stats_blocks`` shows."""
    (summary, _votes) = [*periods.values()][-1]
    return [path for path, _count in summary.articles[:_MAX_QUOTED]]


def _period_lines(
    summary: UsageSummary, days: int, votes: tuple[int, int], messages: CuratorMessages
) -> list[str]:
    heading = messages.stats_days.format(days)
    if not summary.asked:
        return [f"{heading}: {messages.no_questions}"]
    counts = {str(verdict): count for verdict, count in summary.verdicts.items()}
    line = messages.stats_counts.format(asked=summary.asked, **counts)
    seconds = _decimal(f"{summary.median_seconds:.2f}", messages)
    details = messages.stats_votes.format(seconds=seconds, up=votes[0], down=votes[1])
    return [heading, line, f"-# {details}"]


def article_line(path: str, title: str | None) -> str:
    """Render an article's title, if it has one, and its path."""
    return f"{shorten(title, 120)} · {_short_path(path)}" if title else _short_path(path)


def _short_path(path: str) -> str:
    """Shorten a long path to its file name."""
    return shorten(path, 80) if size(path) <= 80 else f"…{shorten(PurePosixPath(path).name, 70)}"


def build_time(snapshot: str) -> str:
    """Render when a snapshot was built, from its name, in each reader's time zone."""
    try:
        built_at = datetime.strptime(snapshot + "+0000", "%Y%m%d-%H%M%S-%f%z")
    except ValueError:
        return escape(snapshot)
    return f"<t:{int(built_at.timestamp())}:f>"
