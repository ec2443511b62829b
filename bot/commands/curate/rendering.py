"""What curators read, as texts within Discord's limits. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from bot.services.curation import CurationOutcome, PinCheck
from bot.services.rebuild import RebuildResult, RebuildStep
from bot.storage.pins import Pin, PinResult
from bot.storage.unanswered import QuestionGroup
from bot.storage.usage import UsageSummary
from bot.text.curator_messages import CuratorMessages
from bot.text.discord_markdown import escape, size
from bot.text.messages import counted
from bot.text.truncate import shorten
from index.types import Source, Verdict

ROOM = 3900  # units of text in a message, a little less than Discord takes
_LISTED = 10  # articles of one kind in a list
_LINE = 180
_BAR = 20
# How far a rebuild is when a step begins; encoding takes the most of it.
_BEGINS = {"reading": 0.0, "splitting": 0.15, "encoding": 0.25, "indexing words": 0.95}


def verdict_word(verdict: Verdict, words: CuratorMessages) -> str:
    """A verdict in a curator's language."""
    names = (words.verdict_answered, words.verdict_closest, words.verdict_nothing)
    return dict(zip(Verdict, names, strict=True))[verdict]


def fitted(lines: Iterable[str], room: int = ROOM) -> str:
    """As many of ``lines`` as fit into ``room``; … stands for the others."""
    kept: list[str] = []
    for line in lines:
        room -= size(line) + 1
        if room < 2:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def fitted_blocks(blocks: Sequence[str], room: int = ROOM) -> list[str]:
    """Each of ``blocks`` with as many lines as fit into what the ones before it leave."""
    kept: list[str] = []
    for block in blocks:
        kept.append(fitted(block.split("\n"), room))
        room -= size(kept[-1])
        if room < 2 or kept[-1].endswith("…"):
            break
    return kept


class ProgressText:
    """The steps of a rebuild as they come, and what a curator sees of them.

    ``exact`` is False where other servers' articles are counted too: then there are no numbers.
    """

    def __init__(self, words: CuratorMessages, *, exact: bool) -> None:
        self._words = words
        self._exact = exact
        self._steps: dict[str, RebuildStep] = {}
        self._began: dict[str, float] = {}
        self._now = 0.0

    def hear(self, step: RebuildStep, clock_seconds: float) -> None:
        """A step went on."""
        self._steps[step.name] = step
        self._began.setdefault(step.name, clock_seconds)
        self._now = clock_seconds

    def text(self) -> str:
        """A bar, and a line for each step."""
        share = self._share()
        full = round(share * _BAR)
        bar = "▰" * full + "▱" * (_BAR - full)
        return "\n".join([f"`{bar}` {share:.0%}", *map(self._line, _BEGINS)])

    def _share(self) -> float:
        last = next((name for name in reversed(_BEGINS) if name in self._steps), None)
        if last is None:
            return 0.0
        step = self._steps[last]
        starts = [*_BEGINS.values(), 1.0]
        place = list(_BEGINS).index(step.name)
        return starts[place] + (starts[place + 1] - starts[place]) * _part(step)

    def _line(self, name: str) -> str:
        words = self._words
        labels = (words.reading, words.splitting, words.encoding, words.indexing)
        label = dict(zip(_BEGINS, labels, strict=True))[name]
        step = self._steps.get(name)
        if step is None:
            return f"-# ▫️ {label}"
        details = [self._amount(step), self._passages(name), self._left(step)]
        sign = "✅" if step.done >= step.total else "⏳"
        return " · ".join([f"{sign} {label}", *filter(None, details)])

    def _amount(self, step: RebuildStep) -> str:
        if not self._exact or step.total <= 1:
            return f"{_part(step):.0%}" if 0 < step.done < step.total else ""
        if step.done >= step.total:
            return f"{step.total:,}"
        return self._words.of.format(done=f"{step.done:,}", total=f"{step.total:,}")

    def _passages(self, name: str) -> str:
        found = self._steps.get("passages")
        if name != "splitting" or found is None or not self._exact:
            return ""
        return self._words.passages.format(f"{found.total:,}")

    def _left(self, step: RebuildStep) -> str:
        spent = self._now - self._began[step.name]
        if not 0 < step.done < step.total or spent < 1:
            return ""
        seconds = round(spent / step.done * (step.total - step.done))
        if seconds >= 100:
            return self._words.minutes_left.format(round(seconds / 60))
        return self._words.seconds_left.format(max(1, seconds))


def outcome_blocks(
    outcome: CurationOutcome, guild: int, words: CuratorMessages, room: int = ROOM
) -> list[str]:
    """What a rebuild changed: a block of lines for each kind of thing."""
    built = outcome.built
    head = [words.rebuilt if built.published else words.unchanged, f"-# {_counts(built, words)}"]
    if not built.published:
        head.append(words.unchanged_line)
    mine = [one.group for one in outcome.answered if one.guild == guild]
    answered = [words.answered_now.format(len(mine)), *_listed(map(_question, mine), words)]
    blocks = [
        head,
        *change_blocks(outcome, words),
        answered if mine else [],
        pin_lines(outcome.pins, words),
    ]
    return fitted_blocks(["\n".join(lines) for lines in blocks if lines], room)


def change_blocks(outcome: CurationOutcome, words: CuratorMessages) -> list[list[str]]:
    """Articles added, changed, removed and left out, each with its file."""
    built = outcome.built
    kinds = (
        (words.added, "➕", built.added),
        (words.changed, "✏️", built.changed),
        (words.removed, "➖", built.removed),
    )
    blocks = []
    for label, sign, paths in kinds:
        named = (f"{sign} {article_line(path, outcome.title(path))}" for path in paths)
        blocks.append([label.format(len(paths)), *_listed(named, words)] if paths else [])
    skipped = [f"⚠️ {_file(path)}: {shorten(reason, _LINE)}" for path, reason in built.skipped]
    blocks.append([words.left_out.format(len(skipped)), *_listed(skipped, words)] * bool(skipped))
    return blocks


def pin_lines(pins: PinCheck, words: CuratorMessages) -> list[str]:
    """Whether the pinned questions get what they got before."""
    if not pins.total:
        return []
    if not pins.changes:
        return [counted(pins.total, words.pins_same_one, words.pins_same)]
    lines = [words.pins_changed.format(changed=len(pins.changes), total=pins.total)]
    for change in pins.changes:
        lines.append(f"📌 {shorten(change.pin.question, _LINE)}")
        lines.append(f"-# {words.before}: {got_text(change.pin.got, words)}")
        lines.append(f"-# {words.now}: {got_text(change.now, words)}")
    return lines


def got_text(found: PinResult, words: CuratorMessages) -> str:
    """The verdict, and what is quoted first where."""
    word = verdict_word(found.verdict, words)
    if not found.quote or not found.article:
        return word
    quote = shorten(found.quote.strip('“”"„‟« »'), _LINE)
    return f"{word}, “{quote}” ({_file(found.article)})"


def pin_text(pin: Pin, words: CuratorMessages) -> str:
    """A pinned question and what it gets."""
    return f"📌 {shorten(pin.question, _LINE)}\n-# {got_text(pin.got, words)}"


def group_text(group: QuestionGroup, guild: int, words: CuratorMessages) -> str:
    """A question that was not answered: how often, since when, why, where."""
    newest = group.newest
    times = counted(len(group.every), words.once, words.times)
    why = words.got_vote if group.voted else words.got_nothing
    details = [times, f"<t:{newest.asked_at}:R>", why]
    if newest.channel and newest.message:
        link = f"https://discord.com/channels/{guild}/{newest.channel}/{newest.message}"
        details.append(f"[{words.jump}]({link})")
    text = f"**{shorten(newest.question, 300)}**\n-# {' · '.join(details)}"
    return f"{text}\n-# {words.wanted.format(shorten(group.wanted, 200))}" if group.wanted else text


def stats_blocks(
    periods: Mapping[int, tuple[UsageSummary, tuple[int, int]]],
    sources: Sequence[Source],
    words: CuratorMessages,
) -> list[str]:
    """The figures of each number of days with its votes, and what was quoted most in the last."""
    lines = [words.stats]
    for days, (found, votes) in periods.items():
        lines += _summary(found, days, votes, words)
    titles = {source.path: source.metadata.title for source in sources}
    most = [words.most_quoted] if found.articles else []
    for place, (path, times) in enumerate(found.articles[:5], 1):
        often = counted(times, words.quoted_once, words.quoted_times)
        most.append(f"{place}\\. {article_line(path, titles.get(path))} · {often}")
    return fitted_blocks(["\n".join(block) for block in (lines, most) if block])


def article_line(path: str, title: str | None) -> str:
    """An article's title with its file, or the file alone where there is no title."""
    return f"{shorten(title, 120)} · {_file(path)}" if title else _file(path)


def built_when(name: str) -> str:
    """When a snapshot was built, from its name, as each reader's clock shows it."""
    try:
        built = datetime.strptime(name + "+0000", "%Y%m%d-%H%M%S-%f%z")
    except ValueError:
        return escape(name)
    return f"<t:{int(built.timestamp())}:f>"


def _summary(
    found: UsageSummary, days: int, votes: tuple[int, int], words: CuratorMessages
) -> list[str]:
    head = words.stats_days.format(days)
    if not found.asked:
        return [f"{head}: {words.stats_none}"]
    counts = {str(verdict): count for verdict, count in found.verdicts.items()}
    line = words.stats_line.format(asked=found.asked, **counts)
    seconds = f"{found.median_seconds:.2f}"
    more = words.stats_more.format(seconds=seconds, up=votes[0], down=votes[1])
    return [head, line, f"-# {more}"]


def _counts(built: RebuildResult, words: CuratorMessages) -> str:
    articles = counted(built.articles, words.one_article, words.articles)
    passages = counted(built.passages, words.one_passage, words.passages)
    return f"{articles} · {passages} · {built.seconds:.1f} s"


def _listed(lines: Iterable[str], words: CuratorMessages) -> list[str]:
    every = list(lines)
    more = [words.and_more.format(len(every) - _LISTED)] if len(every) > _LISTED else []
    return every[:_LISTED] + more


def _question(group: QuestionGroup) -> str:
    return f"❓ {shorten(group.newest.question, _LINE)}"


def _file(path: str) -> str:
    """A path, its end when it is long: there its name stands."""
    return shorten(path, 80) if size(path) <= 80 else f"…{shorten(PurePosixPath(path).name, 70)}"


def _part(step: RebuildStep) -> float:
    return min(1.0, step.done / step.total) if step.total else 1.0
