"""``/curate follow``, ``followed``, ``unfollow`` and ``refresh``: sources that are kept current."""

import logging
from typing import Literal

from discord import app_commands

from bot.commands.completion import Choices, suggestions, to_choices
from bot.commands.curate.add import complete_collection, target_collection
from bot.commands.curate.permissions import (
    NotAllowed,
    check_curator,
    check_may_change,
    defer_for_curator,
    is_curator,
)
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.commands.curate.source_reports import (
    problem_block,
    report_blocks,
    report_view,
    source_link,
)
from bot.questions.autocomplete import truncate_choice
from bot.services.followed_sources import SourceReport
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.discord_markdown import escape
from bot.text.refusals import translate_reason
from bot.text.truncate import shorten
from bot.ui.base_client import Interaction
from bot.ui.container import SUCCESS_COLOUR, WARNING_COLOUR, container_view, show
from bot.ui.curate.curator_text import fit_blocks
from bot.ui.lasting_response import send_lasting, show_lasting
from index.errors import QuothError, SourceError
from index.sources.followed import FollowedSource, SourceKind, WhenGone
from index.sources.refresh import SourceStatus

log = logging.getLogger(__name__)

_MAX_ARTICLES = 500  # a page takes a second
_INTERVALS = Literal["1h", "6h", "12h", "1d", "1w"]


@suggestions
async def _complete_source(interaction: Interaction, typed: str) -> Choices:
    if not await is_curator(interaction):
        return []
    statuses = await interaction.client.following.statuses(await check_curator(interaction))
    sources = [each.source for each in statuses if typed.casefold() in each.source.name]
    return to_choices(
        (truncate_choice(f"{each.name} · {each.url}"), each.name) for each in sources[:25]
    )


@app_commands.command(description="Follow a page, feed, sitemap, docs section or git repository")
@app_commands.describe(
    url="Its address",
    every="How often to check it",
    collection="The folder for its articles",
    limit="The number of articles at most",
    when_gone="What to do with an article that is gone from the source",
)
@app_commands.autocomplete(collection=complete_collection)
async def follow(
    interaction: Interaction,
    url: app_commands.Range[str, 1, 1000],
    every: _INTERVALS = "1d",
    collection: str | None = None,
    limit: app_commands.Range[int, 1, _MAX_ARTICLES] | None = None,
    when_gone: Literal["keep", "ask", "remove"] = "ask",
) -> None:
    """Follow a source, save its articles and rebuild."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    messages, client = curator_messages(interaction.locale), interaction.client
    folder = target_collection(client.curation, guild_id, collection, messages)
    wanted = FollowedSource(
        name="",
        url=url,
        kind=SourceKind.PAGE,
        every=every,
        into=folder,
        limit=limit,
        when_gone=WhenGone(when_gone),
    )
    await show(interaction, container_view(messages.reading_source.format(source_link(wanted))))
    try:
        source, plan, problems = await client.following.follow(wanted)
    except QuothError as error:
        log.info("cannot follow a source: %s", error)
        source, plan, problems = wanted, None, [str(error).removeprefix(f"{url}: ")]
    block = "\n".join(problem_block(problems, messages))
    if plan is None:
        nothing = messages.nothing_to_follow.format(source_link(wanted))
        texts = filter(None, (nothing, block))
        await show_lasting(interaction, container_view(*texts, colour=WARNING_COLOUR))
        return
    heading = "\n".join(filter(None, [*await _following_lines(interaction, source), block]))
    await follow_rebuild(interaction, guild_id, heading, pending=messages.files_stay)


async def _following_lines(interaction: Interaction, source: FollowedSource) -> list[str]:
    """Say what is followed, what was saved, and where changes are reported."""
    messages, client = curator_messages(interaction.locale), interaction.client
    summary = await client.following.summary(source)
    report_channel = (await client.answers.guilds.get(interaction.guild_id)).report_channel
    saved = messages.following_saved.format(
        kind=_kind_name(source.kind, messages),
        articles=messages.articles(summary.articles),
        size=summary.kilobytes,
        next=_time(summary.next_check, messages.due_now),
    )
    reports = messages.following_unreported
    if report_channel:
        reports = messages.following_reports.format(f"<#{report_channel[0]}>")
    line = messages.following_source.format(url=source_link(source), name=escape(source.name))
    return [line, saved, reports]


def _kind_name(kind: SourceKind, messages: CuratorMessages) -> str:
    return {
        SourceKind.PAGE: messages.kind_page,
        SourceKind.FEED: messages.kind_feed,
        SourceKind.SITEMAP: messages.kind_sitemap,
        SourceKind.SECTION: messages.kind_section,
        SourceKind.GIT: messages.kind_git,
    }[kind]


@app_commands.command(description="List the followed sources")
async def followed(interaction: Interaction) -> None:
    """List the sources with their last check, last change, next check and error."""
    guild_id = await defer_for_curator(interaction)
    messages = curator_messages(interaction.locale)
    statuses = await interaction.client.following.statuses(guild_id)
    texts = [status_text(each, messages) for each in statuses] or [messages.nothing_followed]
    blocks = fit_blocks([messages.followed_heading, "\n".join(texts)])
    await show(interaction, container_view(*blocks))


@app_commands.command(description="Stop following a source; its articles stay")
@app_commands.describe(source="Its name")
@app_commands.autocomplete(source=_complete_source)
async def unfollow(interaction: Interaction, source: str) -> None:
    """Stop following a source."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    messages, following = curator_messages(interaction.locale), interaction.client.following
    name = _find(interaction, guild_id, source, messages).name
    await following.unfollow(name)
    line = messages.unfollowed.format(escape(name))
    await show_lasting(interaction, container_view(line, colour=SUCCESS_COLOUR))


@app_commands.command(description="Check followed sources now")
@app_commands.describe(source="Only this one")
@app_commands.autocomplete(source=_complete_source)
async def refresh(interaction: Interaction, source: str | None = None) -> None:
    """Check sources; changes that need approval are shown with buttons."""
    guild_id = await defer_for_curator(interaction, check_may_change)
    messages, following = curator_messages(interaction.locale), interaction.client.following
    if source is None:
        names = [each.source.name for each in await following.statuses(guild_id)]
    else:
        names = [_find(interaction, guild_id, source, messages).name]
    if not names:
        await show(interaction, container_view(messages.nothing_followed))
        return
    reports, _build = await following.refresh(names)
    blocks = [block for each in reports for block in _result_blocks(each, guild_id, messages)]
    view = container_view(*fit_blocks([messages.sources_checked, *blocks]), colour=SUCCESS_COLOUR)
    await show_lasting(interaction, view)
    for report in reports:
        if report.plan_id is not None:
            view = report_view(report, guild_id, messages)
            await send_lasting(interaction, view, f"plan-{report.plan_id}")


def status_text(status: SourceStatus, messages: CuratorMessages) -> str:
    """Render a source with its times, and its error or that its changes wait."""
    source, state = status.source, status.state
    articles = sum(bool(page.files) for page in state.pages.values())
    times = messages.source_times.format(
        checked=_time(state.checked, messages.never),
        changed=_time(state.changed, messages.never),
        next=_time(status.next_check, messages.due_now),
    )
    lines = [
        f"**{escape(source.name)}** · {messages.articles(articles)} · {source_link(source)}",
        f"-# {times}",
    ]
    if status.is_waiting:
        lines.append(messages.changes_wait)
    if state.error:
        lines.append(f"⚠️ {shorten(translate_reason(state.error, messages), 200)}")
    return "\n".join(lines)


def _result_blocks(report: SourceReport, guild_id: int, messages: CuratorMessages) -> list[str]:
    if report.plan is not None and report.plan_id is None:
        return report_blocks(report, guild_id, "**{name}** · {url}", messages)
    name = escape(report.source.name)
    line = messages.source_unchanged.format(name)
    if report.plan is not None:
        line = f"**{name}**: {messages.changes_wait}"
    return ["\n".join([line, *problem_block(report.problems, messages)])]


def _find(
    interaction: Interaction, guild_id: int, name: str, messages: CuratorMessages
) -> FollowedSource:
    try:
        return interaction.client.following.visible_to(guild_id, name)
    except SourceError as error:
        raise NotAllowed(messages.source_unknown.format(truncate_choice(name))) from error


def _time(unix: float | None, missing: str) -> str:
    return missing if unix is None else f"<t:{int(unix)}:R>"
