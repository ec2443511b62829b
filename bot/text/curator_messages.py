"""Every line that curators read; German and Spanish are in ``bot/lang/curators.*.json``."""

from dataclasses import dataclass

import discord

from bot.text.messages import in_language


@dataclass(frozen=True, slots=True)
class CuratorMessages:
    """What the bot says to curators, in English; another language overrides the fields."""

    only_curators: str = "Only members with the permission “Manage Server” can do that."
    only_in_servers: str = "That works in a server only."
    shared: str = (
        "The articles here are shared by several servers, so whoever runs me has to name those "
        "that may change them (QUOTH_CURATORS)."
    )
    not_the_whole: str = (
        "A rollback concerns every server I am in, so whoever runs me has to name those that may "
        "do it (QUOTH_CURATORS)."
    )

    # Rebuild: while it runs.
    rebuilding: str = "### Rebuilding the index"
    waiting: str = "Another rebuild is under way; this one starts after it."
    reading: str = "Read articles"
    splitting: str = "Find paragraphs"
    passages: str = "{} passages"
    encoding: str = "Encode what is new"
    indexing: str = "Index words"
    of: str = "{done} of {total}"
    seconds_left: str = "about {} s left"
    minutes_left: str = "about {} min left"
    meanwhile: str = "Questions are answered from the present index all the while."
    cancel: str = "Cancel"
    goes_on: str = "The rebuild takes longer; it goes on here: {}"
    already: str = "A rebuild is under way already. You can start another when it is done."
    nothing_to_cancel: str = "This rebuild is no longer under way."

    # Rebuild: what came of it.
    rebuilt: str = "### Index rebuilt"
    unchanged: str = "### Nothing has changed"
    unchanged_line: str = "The index in service holds just these articles."
    cancelled: str = "### Rebuild cancelled"
    cancelled_line: str = "The index in service is as it was."
    cancelled_late: str = "It was all but done: the new index is in service."
    failed: str = "### Rebuild failed"
    failed_line: str = "The index in service is as it was."
    one_article: str = "1 article"
    articles: str = "{} articles"
    one_passage: str = "1 passage"
    added: str = "**Added** ({})"
    changed: str = "**Changed** ({})"
    removed: str = "**Removed** ({})"
    left_out: str = "**Left out** ({})"
    and_more: str = "… and {} more"
    pins_same_one: str = "**Pinned questions**: the one is answered as before."
    pins_same: str = "**Pinned questions**: all {} are answered as before."
    pins_changed: str = "**Pinned questions**: {changed} of {total} changed"
    before: str = "before"
    now: str = "now"
    verdict_answered: str = "answered"
    verdict_closest: str = "closest passages"
    verdict_nothing: str = "nothing"
    answered_now: str = "**Answered now** ({})"
    answered_later: str = "I found nothing about that before; now the articles answer it."

    # Adding, removing, rolling back.
    files_added: str = "Added to the articles: {}"
    file_refused: str = "Not added: {name} – {reason}"
    replace_hint: str = "To replace an article, run the command again with `replace: True`."
    too_large: str = "it has {found} MB, wanted {wanted} MB at most"
    not_fetched: str = "Discord did not hand it over; please try again"
    there_already: str = "there is an article {} already"
    no_collection: str = "There is no folder “{}” for this server. Pick one from the list."
    remove_ask: str = "### Remove this article?\n{title}\n-# {path}"
    remove_back: str = (
        "Its file is deleted and the index rebuilt. You get the file here, in case you want it "
        "back."
    )
    remove_large: str = (
        "Its file is deleted and the index rebuilt. The file is too large for Discord, so you do "
        "not get it back here."
    )
    remove_yes: str = "Remove"
    remove_no: str = "Leave it"
    article_gone: str = "That article is no longer there."
    kept: str = "All right, everything stays as it is."
    file_back: str = "The file of {}, in case you want it back."
    rollback_ask: str = (
        "### Roll the index back?\nThe index of the build before takes the place of the present "
        "one. The articles stay as they are: the next rebuild brings back what they hold then."
    )
    rollback_yes: str = "Roll back"
    no_longer_current: str = "The index has changed since. Ask for the rollback again."
    nothing_before: str = "There is no index of a build before this one to go back to."
    rolled_back: str = "### Rolled back\nThe index from {when} is in service."

    # Unanswered.
    unanswered: str = "### Not answered\n-# {count} · page {page} of {pages}"
    unanswered_one: str = "1 question"
    unanswered_many: str = "{} questions"
    unanswered_none: str = "### Not answered\nNothing is waiting: every question found an answer."
    times: str = "asked {} times"
    once: str = "asked once"
    got_nothing: str = "nothing found"
    got_vote: str = "👎 for the answer"
    jump: str = "jump"
    wanted: str = "Wanted: {}"
    draft: str = "Write article"
    mark_done: str = "Done with …"
    newest_first: str = "Newest first"
    most_first: str = "Most asked first"
    previous: str = "Previous page"
    following: str = "Next page"
    no_longer: str = "That question is no longer on the list."

    # The form for an article.
    draft_title: str = "Write an article"
    draft_for: str = "So that this finds an answer:\n> {}"
    field_title: str = "Title"
    field_text: str = "Text"
    field_text_hint: str = "Whole sentences that can be quoted. An empty line begins a paragraph."
    field_publisher: str = "Who says so"
    field_url: str = "Link"
    drafted: str = "Written: {}"
    draft_refused: str = "Not added: {} Your text is attached, so that nothing is lost."

    # Statistics.
    stats: str = "### What was asked here"
    stats_days: str = "**Last {} days**"
    stats_line: str = (
        "{asked} asked · {answered} answered · {closest} closest passages · {nothing} nothing"
    )
    stats_more: str = "median {seconds} s · 👍 {up} · 👎 {down}"
    stats_none: str = "nothing was asked"
    most_quoted: str = "**Most quoted** (30 days)"
    quoted_times: str = "{} times"
    quoted_once: str = "once"
    chart_is: str = "Questions a day in the last 30 days, by what they got"

    # Pins.
    pins: str = "### Pinned questions\n-# Asked again after every rebuild; changes are reported."
    pins_none: str = "None yet. `/curate pin add` adds one."
    pinned: str = "Pinned. Its answer now: {}"
    unpinned: str = "No longer pinned: {}"
    pinned_already: str = "This question is pinned already."
    too_many_pins: str = "{} questions are pinned, which is the most. Remove one first."
    no_pin: str = "No such question is pinned."

    # Settings.
    settings: str = "### Settings of this server\n-# Changes take effect at once."
    set_channels: str = "**Where I answer mentions**"
    set_channels_hint: str = "All channels I can see"
    set_channels_some: str = "-# Only in these channels and their threads. Choose none for all."
    set_forums: str = "**Forums where I answer new posts by myself**\n-# By their titles."
    set_forums_hint: str = "None"
    set_private: str = "**Answers to `/ask`**"
    public: str = "Shown to everybody"
    public_hint: str = "unless a member asks privately"
    private: str = "Shown to who asks"
    private_hint: str = "who can share them"
    set_strictness: str = "**When in doubt**"
    strict: str = "Strict"
    strict_hint: str = "Rather no answer than a wrong one"
    balanced: str = "Balanced"
    balanced_hint: str = "What suits most servers"
    generous: str = "Generous"
    generous_hint: str = "Rather a near miss than nothing"
    set_quotes: str = "**Quotations in an answer**"
    one_quote: str = "1 quotation"
    quotes: str = "{} quotations"
    set_retention: str = "**How long I keep questions**"
    one_day: str = "1 day"
    days: str = "{} days"
    set_cooldown: str = "**Pause between two questions of a member**"
    no_cooldown: str = "None"
    seconds: str = "{} seconds"
    one_minute: str = "1 minute"
    minutes: str = "{} minutes"
    set_tell: str = "**When a rebuild answers an open question**"
    tell_no: str = "Say nothing"
    tell_yes: str = "Tell the channel where it was asked"


def curator_messages(locale: discord.Locale | None) -> CuratorMessages:
    """The words of a curator's language; English where there are none."""
    return in_language(CuratorMessages, "curators", locale)
