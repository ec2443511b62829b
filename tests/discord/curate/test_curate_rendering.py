import time

import discord
import pytest
from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.component_handlers import HANDLERS
from bot.commands.curate.add import draft_form
from bot.commands.curate.confirm import remove_view, rollback_view
from bot.commands.curate.group import curate
from bot.commands.settings import settings as settings_command
from bot.services.curation import CurationOutcome, NewlyAnswered, PinCheck
from bot.services.rebuild import RebuildStep
from bot.storage.guilds import GuildSettings
from bot.storage.pins import Pin, PinChange, PinResult
from bot.storage.unanswered import QuestionGroup, UnansweredQuestion
from bot.storage.usage import UsageSummary
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.translator import translate_command_text
from bot.ui.container import container_view
from bot.ui.curate.channels_view import channels_view
from bot.ui.curate.curator_text import (
    ProgressText,
    build_time,
    fit_blocks,
    fit_lines,
    outcome_blocks,
    pin_result_text,
    pin_text,
    stats_blocks,
)
from bot.ui.curate.settings_view import SettingsPage, settings_view
from bot.ui.curate.unanswered_view import unanswered_view
from index.build.pipeline import Changes
from index.ingest.loader import SkippedFile
from index.types import Metadata, Source, Verdict
from tests.support.discord_fakes import build_report
from tests.support.discord_messages import problems, units

MESSAGES = CuratorMessages()
LOCALES = [discord.Locale.british_english, discord.Locale.german, discord.Locale.spain_spanish]
LONG = st.text(st.characters(), min_size=1, max_size=300).map(lambda text: text * 20)


def limit_problems(view: ui.LayoutView) -> list[str]:
    return problems({"components": view.to_components()})  # type: ignore[no-untyped-call]


@given(LONG, st.integers(0, 60), st.integers(0, 25))
@settings(max_examples=40, deadline=None)
def test_rebuild_outcome_fits_discords_limits(text: str, many: int, pins: int) -> None:
    paths = tuple(f"{n}{text}" for n in range(many))
    result = PinResult(Verdict.ANSWERED, text, text)
    group = QuestionGroup((UnansweredQuestion(1, text, "nothing", 1),))
    outcome = CurationOutcome(
        build_report(
            *("n", True, many, many, Changes(paths, paths, paths)),
            *(tuple(SkippedFile(path, text) for path in paths), 1.0),
        ),
        tuple(Source(path, Metadata(text), 1, "") for path in paths),
        PinCheck(pins, tuple(PinChange(Pin(n, text, result), result) for n in range(pins))),
        tuple(NewlyAnswered(1, group) for _ in range(many)),
    )
    blocks = outcome_blocks(outcome, 1, MESSAGES)
    assert limit_problems(container_view(*blocks)) == []


def test_thousands_of_new_articles_are_summarized_at_once() -> None:
    paths = tuple(f"{n}.md" for n in range(20_000))
    sources = tuple(Source(path, Metadata(f"Tea {path}"), 1, "") for path in reversed(paths))
    built = build_report("n", True, 20_000, 90_000, Changes(added=paths), (), 9.0)
    started = time.process_time()
    blocks = outcome_blocks(CurationOutcome(built, sources, PinCheck(0, ()), ()), 1, MESSAGES)
    assert time.process_time() - started < 2  # it blocks all answers
    (added,) = [block.splitlines() for block in blocks if "0.md" in block]
    assert len(added) == 12
    assert "20000" in added[0].replace(",", "")


@given(LONG, st.integers(1, 25))
@settings(max_examples=40, deadline=None)
def test_pins_and_statistics_fit_discords_limits(text: str, many: int) -> None:
    pins = [
        pin_text(Pin(n, text, PinResult(Verdict.CLOSEST, text, text)), MESSAGES)
        for n in range(many)
    ]
    assert (
        limit_problems(container_view(*fit_blocks([MESSAGES.pins_heading, "\n".join(pins)]))) == []
    )
    summary = UsageSummary(9, dict.fromkeys(Verdict, 3), 0.1, ((text, 3),) * many)
    blocks = stats_blocks({7: (summary, (1, 2)), 30: (summary, (1, 2))}, {}, MESSAGES)
    assert limit_problems(container_view(*blocks)) == []


def test_many_blocks_fit_discords_limits_and_none_is_lost() -> None:
    blocks = fit_blocks([f"source {number}" for number in range(60)])
    assert limit_problems(container_view(*blocks)) == []
    assert "\n".join(blocks).split("\n") == [f"source {number}" for number in range(60)]


@given(LONG, st.integers(1, 12), st.integers(0, 3), st.sampled_from("nm"))
@settings(max_examples=40, deadline=None)
def test_pages_of_unanswered_questions_fit_discords_limits(
    text: str, many: int, page: int, order: str
) -> None:
    groups = [
        QuestionGroup(
            (UnansweredQuestion(10**17 + n, f"{n}{text}", "vote", 10**9, 2**62, 2**62, text),)
        )
        for n in range(many)
    ]
    view = unanswered_view(groups, 2**62, page, MESSAGES, order=order)
    assert limit_problems(view) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_views_fit_discords_limits_in_every_language(locale: discord.Locale) -> None:
    messages = curator_messages(locale)
    many = tuple(range(1, 40))
    names = ["", *(f"{number}-{'a' * 200}" for number in many)]
    collections = dict.fromkeys((0, *many), tuple(names))
    current = GuildSettings(
        channels=many, forums=(7,), curator_roles=many, helper_role=(1,), collections=collections
    )
    pages = [
        settings_view(SettingsPage.ANSWERS, current, messages),
        settings_view(SettingsPage.PEOPLE, current, messages),
        channels_view(current, names, 5, 0, messages),
        channels_view(current, names, 0, 1, messages),
        channels_view(GuildSettings(), [], None, 0, messages),
    ]
    assert [limit_problems(page) for page in pages] == [[]] * len(pages)
    source = Source("a" * 900, Metadata("**t" * 900), 1, "")
    assert limit_problems(remove_view(source, messages)) == []
    assert limit_problems(rollback_view("20260101-000000-000000", messages)) == []
    for item in (item for page in pages for item in page.walk_children()):
        if isinstance(item, ui.Select):
            assert units(item.placeholder or "") <= 150
            assert all(units(option.label) <= 100 for option in item.options)
            assert all(units(option.description or "") <= 100 for option in item.options)


@pytest.mark.parametrize("locale", LOCALES)
def test_draft_form_fits_discords_limits_in_every_language(locale: discord.Locale) -> None:
    form = draft_form("**@everyone**" * 100, curator_messages(locale)).to_dict()
    assert units(form["title"]) <= 45
    assert len(form["components"]) <= 5
    for label in form["components"][1:]:
        assert units(label["label"]) <= 45
        assert units(label.get("description") or "") <= 100


@pytest.mark.parametrize("locale", LOCALES[1:])
def test_command_descriptions_are_translated(locale: discord.Locale) -> None:
    descriptions = [str(curate.description), settings_command.description]
    for command in curate.walk_commands():
        descriptions.append(command.description)
        descriptions += [parameter.description for parameter in getattr(command, "parameters", ())]
    for text in descriptions:
        assert translate_command_text(text, locale) != text, text
        assert units(translate_command_text(text, locale)) <= 100


def test_custom_id_templates_are_unique() -> None:
    patterns = [
        item.__discord_ui_compiled_template__.pattern
        for item in (*HANDLERS.buttons, *HANDLERS.selects)
    ]
    assert len(set(patterns)) == len(patterns)


def test_progress_shows_amounts_and_the_time_left() -> None:
    progress = ProgressText(MESSAGES, exact=True)
    assert progress.text().split("\n")[1] == "-# ▫️ Read articles"
    for step, clock in (
        (RebuildStep("reading", 1200, 1200), 0.0),
        (RebuildStep("passages", 48_000, 48_000), 1.0),
        (RebuildStep("encoding", 0, 60_000), 2.0),
        (RebuildStep("encoding", 15_000, 60_000), 102.0),
    ):
        progress.update(step, clock)
    assert progress.text().split("\n")[1:] == [
        "✅ Read articles · 1,200 · 48,000 passages",
        "⏳ Encode new passages · 15,000 of 60,000 · about 5 min left",
        "-# ▫️ Index words",
    ]


def test_progress_hides_numbers_when_articles_are_not_shared() -> None:
    progress = ProgressText(MESSAGES, exact=False)
    progress.update(RebuildStep("reading", 30, 120), 0.0)
    assert "⏳ Read articles · 25%" in progress.text()
    assert "120" not in progress.text()


def test_step_with_nothing_to_do_is_done() -> None:
    progress = ProgressText(MESSAGES, exact=True)
    progress.update(RebuildStep("encoding", 0, 0), 0.0)
    assert "✅ Encode new passages" in progress.text()


def test_text_is_cut_at_whole_lines() -> None:
    assert fit_lines(["aaa", "bbb", "ccc"], 10) == "aaa\nbbb\n…"
    assert fit_lines(["aaa", "bbb"], 20) == "aaa\nbbb"


def test_build_time_is_read_from_the_snapshots_name() -> None:
    assert build_time("20260101-000000-000000") == "<t:1767225600:f>"
    assert build_time("one") == "one"


def test_decimal_marks_are_those_of_the_language() -> None:
    outcome = CurationOutcome(build_report("one", True, 3, 8, seconds=1.5), (), None, ())
    shown = [outcome_blocks(outcome, 1, curator_messages(locale))[0] for locale in LOCALES]
    assert [each.rpartition(" · ")[2] for each in shown] == ["1.5 s", "1,5 s", "1,5 s"]


def test_quotation_marks_are_those_of_the_language() -> None:
    result = PinResult(Verdict.ANSWERED, "tea.md", "Tea is hot.")
    shown = [pin_result_text(result, curator_messages(locale)) for locale in LOCALES]
    assert shown == [
        "answered, “Tea is hot.” (tea.md)",
        "beantwortet, „Tea is hot.“ (tea.md)",
        "respondida, «Tea is hot.» (tea.md)",
    ]
