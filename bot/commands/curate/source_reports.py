"""Report changes of followed sources, and ask curators about those that need approval."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from discord import ButtonStyle, ui

from bot.commands.curate.permissions import NotAllowed, check_may_change, defer_in_place
from bot.commands.curate.rebuild_progress import follow_rebuild
from bot.services.followed_sources import SourceReport
from bot.services.source_alarms import CHECKS_UNTIL_ALARM
from bot.storage.guilds import GuildSettings
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.discord_markdown import escape
from bot.text.refusals import translate_reason
from bot.text.truncate import shorten
from bot.ui.answers.citation_text import safe_link
from bot.ui.base_client import Interaction, QuothClient, State
from bot.ui.container import INFO_COLOUR, SUCCESS_COLOUR, WARNING_COLOUR, container_view
from bot.ui.curate.curator_text import article_line, fit_blocks, list_block, pin_lines
from bot.ui.lasting_response import show_lasting
from bot.ui.persistent import PersistentButton
from bot.ui.transport.discord_compat import SEND_ERRORS
from index.errors import SourceError, SourceListError
from index.sources.followed import FollowedSource
from index.text.urls import is_http_url

log = logging.getLogger(__name__)

_MAX_LINE_UNITS = 200
_CHANGE = r"(?P<plan>[0-9a-f]{12}):(?P<source>[\w-]{1,60})"


class ApproveButton(PersistentButton, template=rf"quoth:approve:{_CHANGE}"):
    """Apply the changes of a source that wait, and rebuild."""


class DiscardButton(PersistentButton, template=rf"quoth:discard:{_CHANGE}"):
    """Drop the changes of a source that wait."""


def report_view(report: SourceReport, guild_id: int, messages: CuratorMessages) -> ui.LayoutView:
    """Render the changes of a source; with buttons if they wait for approval."""
    if report.plan is None:
        return _alarm_view(report, messages)
    if report.plan_id is None:
        blocks = report_blocks(report, guild_id, messages.source_updated, messages)
        return container_view(*blocks, colour=SUCCESS_COLOUR)
    state = (report.plan_id, report.source.name)
    buttons = [
        ApproveButton.create(*state, label=messages.approve_button, style=ButtonStyle.success),
        DiscardButton.create(*state, label=messages.discard_button),
    ]
    blocks = report_blocks(report, guild_id, messages.approval_needed, messages)
    return container_view(*blocks, colour=WARNING_COLOUR, buttons=buttons)


def _alarm_view(report: SourceReport, messages: CuratorMessages) -> ui.LayoutView:
    """Say that problems last, or that they are over."""
    name, url = escape(report.source.name), source_link(report.source)
    if report.alarm is None or report.alarm.is_over:
        line = messages.source_recovered.format(name=name, url=url)
        return container_view(line, colour=SUCCESS_COLOUR)
    texts = (
        messages.source_failing.format(name=name, url=url),
        "\n".join(problem_block(report.alarm.problems, messages)),
        messages.source_failing_hint.format(CHECKS_UNTIL_ALARM),
    )
    return container_view(*fit_blocks(texts), colour=WARNING_COLOUR)


def report_blocks(
    report: SourceReport, guild_id: int, heading: str, messages: CuratorMessages
) -> list[str]:
    """Render a heading, the changed articles, their share, changed pins and problems."""
    plan = report.plan
    lines = [heading.format(name=escape(report.source.name), url=source_link(report.source))]
    changes = []
    if plan is not None:
        lines.append(f"-# {messages.passages_change.format(_percent(report.changed_share))}")
        for label, icon, paths in (
            (messages.articles_added, "➕", plan.added),
            (messages.articles_changed, "✏️", plan.changed),
            (messages.articles_removed, "➖", plan.removed),
            (messages.articles_gone, "❓", plan.to_confirm),
        ):
            listed = [f"{icon} {article_line(path, None)}" for path in paths]
            changes.append(list_block(label, listed, messages))
    pins = report.pins.get(guild_id)
    blocks = [
        lines,
        *changes,
        pin_lines(pins, messages) if pins else [],
        problem_block(report.problems, messages),
    ]
    return fit_blocks(["\n".join(block) for block in blocks if block])


def problem_block(problems: Sequence[str], messages: CuratorMessages) -> list[str]:
    """List what failed or was left alone."""
    lines = [f"⚠️ {shorten(_problem_line(each, messages), _MAX_LINE_UNITS)}" for each in problems]
    return list_block(messages.source_problems, lines, messages)


def _problem_line(problem: str, messages: CuratorMessages) -> str:
    """Translate the reason of a problem; the page that has it stays in front."""
    page, colon, reason = problem.partition(": ")
    if not colon or not is_http_url(page):
        return translate_reason(problem, messages)
    return f"{page}: {translate_reason(reason, messages)}"


def source_link(source: FollowedSource) -> str:
    """Render a source's URL so that Discord links it and shows no preview."""
    link = safe_link(source.url)
    return f"<{link}>" if link else shorten(source.url, _MAX_LINE_UNITS)


async def post_reports(client: QuothClient, reports: Sequence[SourceReport]) -> None:
    """Post changes and alarms in the channels that curators chose; an error skips one report."""
    changed = [each for each in reports if each.plan is not None or each.alarm is not None]
    for guild_id, settings in (await client.answers.guilds.customized()).items():
        for report in changed:
            if settings.report_channel and client.following.is_visible(guild_id, report.source):
                await _post(client, guild_id, settings, report)


async def post_unreadable_list(client: QuothClient, error: SourceListError) -> None:
    """Say that no source is checked, in servers whose curators may change all articles."""
    for guild_id, settings in (await client.answers.guilds.customized()).items():
        is_shared = client.answers.guilds.may_change_shared(guild_id, client.guild_count(guild_id))
        if settings.report_channel and is_shared:
            messages = await report_messages(client, guild_id)
            text = messages.sources_unreadable.format(shorten(str(error), 500))
            await send_report(client, settings, container_view(text, colour=WARNING_COLOUR))


async def _post(
    client: QuothClient, guild_id: int, settings: GuildSettings, report: SourceReport
) -> None:
    await send_report(
        client, settings, report_view(report, guild_id, await report_messages(client, guild_id))
    )


async def send_report(client: QuothClient, settings: GuildSettings, view: ui.LayoutView) -> None:
    """Post in the channel for reports that a server chose."""
    channel = client.get_partial_messageable(settings.report_channel[0])
    try:
        await channel.send(view=view)
    except SEND_ERRORS as error:
        log.info("could not post a report: %s", error)


async def report_messages(client: QuothClient, guild_id: int) -> CuratorMessages:
    """Return the texts in the language of a server, whose channel several curators read.

    Another process may serve it.
    """
    guild = client.get_guild(guild_id)
    with suppress(*SEND_ERRORS):
        guild = guild or await client.fetch_guild(guild_id, with_counts=False)
    return curator_messages(guild.preferred_locale if guild else None)


async def approve_changes(interaction: Interaction, state: State) -> None:
    """Apply the changes and rebuild, in place of the report."""
    guild_id = await _defer_and_check(interaction, state)
    messages = curator_messages(interaction.locale)
    if not await interaction.client.following.approve(state["source"], state["plan"]):
        raise NotAllowed(messages.changes_outdated)
    heading = messages.changes_approved.format(escape(state["source"]))
    await follow_rebuild(interaction, guild_id, heading, pending=messages.files_stay)


async def discard_changes(interaction: Interaction, state: State) -> None:
    """Drop the changes, in place of the report."""
    await _defer_and_check(interaction, state)
    messages = curator_messages(interaction.locale)
    if not await interaction.client.following.discard(state["source"], state["plan"]):
        raise NotAllowed(messages.changes_outdated)
    line = messages.changes_discarded.format(escape(state["source"]))
    await show_lasting(interaction, container_view(line, colour=INFO_COLOUR))


async def _defer_and_check(interaction: Interaction, state: State) -> int:
    """Defer, and return the server's id.

    Raises NotAllowed unless it may change this source's articles.
    """
    guild_id = await defer_in_place(interaction, check_may_change)
    try:
        interaction.client.following.visible_to(guild_id, state["source"])
    except SourceError as error:
        raise NotAllowed(curator_messages(interaction.locale).changes_outdated) from error
    return guild_id


def _percent(share: float) -> int:
    """Return a share in percent; 1 for any share that is smaller, but not zero."""
    return max(1, round(100 * share)) if share else 0
