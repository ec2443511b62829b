"""Texts that curators read."""

import discord

from bot.text.translator import PluralText, Text, TranslatedTexts, catalogue_for


class CuratorMessages(TranslatedTexts):
    """Texts for curators, in one language."""

    only_curators = Text(
        "Only curators can do that: members with the permission “Manage Server” or a curator role."
    )
    only_managers = Text("Only members with the permission “Manage Server” can do that.")
    only_in_servers = Text("That only works in a server.")
    articles_are_shared = Text(
        "Several servers share these articles, so the bot's operator has to list the servers that "
        "may change them (QUOTH_CURATORS)."
    )
    rollback_not_allowed = Text(
        "A rollback affects every server I'm in, so the bot's operator has to list the servers "
        "that may do it (QUOTH_CURATORS)."
    )

    # A rebuild in progress.
    rebuilding = Text("### Rebuilding the index")
    rebuild_queued = Text("Another rebuild is running; this one starts when it is done.")
    reading_articles = Text("Read articles")
    encoding_passages = Text("Encode new passages")
    indexing_words = Text("Index words")
    passages = PluralText("{} passage", "{} passages")
    progress = Text("{done} of {total}")
    seconds_left = Text("about {} s left")
    minutes_left = Text("about {} min left")
    old_index_in_use = Text("Until then, I answer questions from the current index.")
    cancel = Text("Cancel")
    rebuild_continues = Text("The rebuild is taking longer; follow it here: {}")
    rebuild_running = Text("A rebuild is already running. You can start another when it is done.")
    rebuild_over = Text("This rebuild is no longer running.")

    # The result of a rebuild.
    rebuild_done = Text("### Index rebuilt")
    nothing_changed = Text("### Nothing has changed")
    index_up_to_date = Text("The index already contains exactly these articles.")
    rebuild_cancelled = Text("### Rebuild cancelled")
    index_unchanged = Text("The current index stays in use.")
    cancelled_too_late = Text("It was almost done: the new index is now in use.")
    rebuild_failed = Text("### Rebuild failed")
    index_replaced = Text("The new index is in use.")
    files_stay = Text("The new files stay among the articles; the next rebuild reads them.")
    removed_file_is_gone = Text(
        "The article's file has been deleted; the next rebuild removes the article from the index."
    )
    articles = PluralText("{} article", "{} articles")
    articles_added = Text("**Added** ({})")
    articles_changed = Text("**Changed** ({})")
    articles_removed = Text("**Removed** ({})")
    files_skipped = Text("**Skipped** ({})")
    files_noted = Text("**Notes** ({})")
    and_more = Text("… and {} more")
    pins_unchanged = PluralText(
        "**Pinned questions**: the answer has not changed.",
        "**Pinned questions**: none of the {} answers has changed.",
    )
    pins_changed = Text("**Pinned questions**: {changed} of {total} changed")
    pins_not_checked = Text("**Pinned questions**: I could not check them; see the bot's log.")
    answer_before = Text("before")
    answer_now = Text("now")
    in_quotes = Text("“{}”")
    decimal_mark = Text(".")
    verdict_answered = Text("answered")
    verdict_closest = Text("closest passages")
    verdict_nothing = Text("nothing")
    newly_answered = Text("**Newly answered** ({})")
    late_answer = Text("I found nothing about this before; now the articles answer it.")

    # Adding, removing, rolling back.
    files_added = Text("Added to the articles: {}")
    file_refused = Text("Not added: {name} – {reason}")
    reason_save_as = Text("files of this kind are not supported; save it as {}")
    reason_unsupported = Text("files of this kind are not supported; supported are {}")
    reason_protected = Text("it is encrypted or copy-protected; save it without protection")
    reason_scanned = Text("it contains no readable text; run it through text recognition (OCR)")
    reason_empty = Text("it contains no text")
    reason_metadata = Text("some of the metadata at its head cannot be used")
    reason_unprintable_name = Text("its name contains unprintable characters; rename it")
    reason_duplicate = Text("{} is already an article of this name; rename or delete one of them")
    reason_too_much = Text("it is too large; split it")
    reason_not_text = Text("it is not text in UTF-8; save it as text in UTF-8")
    reason_disk_full = Text("the disk of the bot's machine is full")
    reason_damaged = Text("it is damaged, or not what its ending says; open it and save it again")
    reason_inaccessible = Text("the bot cannot read or write it")
    replace_hint = Text("To replace an article, run the command again with `replace: True`.")
    file_too_large = Text("the file is {size} MB; the limit is {limit} MB")
    download_failed = Text("Discord did not deliver the file; please try again")
    article_exists = Text("{} already exists")
    unknown_collection = Text("This server has no folder “{}”. Pick one from the list.")
    confirm_removal = Text("### Remove this article?\n{title}\n-# {path}")
    removed_file_returned = Text(
        "I will delete its file, rebuild the index, and post the file here in case you want it "
        "back."
    )
    removed_file_too_large = Text(
        "I will delete its file and rebuild the index. The file is too large for Discord, so I "
        "can't post it here as a backup."
    )
    remove_button = Text("Remove")
    keep_button = Text("Keep as is")
    article_already_removed = Text("That article has already been removed.")
    nothing_done = Text("All right, nothing was changed.")
    removed_file = Text("The file of {}, in case you want it back.")
    confirm_rollback = Text(
        "### Go back to the previous index?\nThe previous index replaces the current one. The "
        "articles stay as they are, so the next rebuild brings their current content back."
    )
    rollback_button = Text("Roll back")
    rollback_outdated = Text("The index has changed in the meantime. Run the command again.")
    no_previous_index = Text("There is no previous index to go back to.")
    rolled_back = Text("### Rolled back\nThe index from {when} is in use.")

    # Quoting a message.
    quote_title = Text("Make an article of this message")
    quote_anonymous = Text("The author's name is shown only if they agree. I ask them.")
    quote_uncredited = Text("No author is named: the message is forwarded, or a bot wrote it.")
    quote_private = Text(
        "Not everyone can see this channel, but everyone in this server will be able to find the "
        "text."
    )
    quote_form_expired = Text(
        "I no longer have the text: the message was deleted, or I was restarted. If it is still "
        "there, choose “Quote this” again."
    )
    no_text_to_quote = Text("This message has no text that I could quote.")
    own_message = Text("That is my own message; I don't quote myself.")
    already_quoted = Text("This message is an article already.")
    quote_withdrawn = Text("The author withdrew this message, so I don't quote it.")
    quoted_edited = Text(
        "✏️ A message that I quote was edited: {}\n-# The article keeps the earlier text. *Apps → "
        "Quote this* on the message takes over the new one."
    )
    quote_refused = Text("Not added: {}")
    quote_saved = Text("Article from the message: {}")
    author_asked = Text("The author is anonymous; I asked them below the message.")
    author_asked_directly = Text("The author is anonymous; I asked them in a direct message.")
    author_not_reached = Text("The author is anonymous; I could not ask them.")
    author_not_asked = Text("No author is named.")
    quoted_collection = Text("Messages quoted in this server")

    # Followed sources.
    followed_heading = Text("### Followed sources")
    nothing_followed = Text("None yet. Add one with `/curate follow`.")
    source_times = Text("checked {checked} · changed {changed} · next check {next}")
    never = Text("never")
    due_now = Text("now")
    changes_wait = Text("⏳ Changes wait for approval.")
    reading_source = Text("Reading {}. That can take some minutes.")
    following_source = Text("✅ Following {url} as **{name}**.")
    kind_page = Text("page")
    kind_feed = Text("feed")
    kind_sitemap = Text("sitemap")
    kind_section = Text("docs section")
    kind_git = Text("git repository")
    following_saved = Text("-# {kind} · {articles}, {size} KB · next check {next}")
    following_reports = Text("-# I report changes in {}.")
    following_unreported = Text(
        "-# To hear of changes, choose a channel for reports in `/settings`: large ones wait for "
        "your approval."
    )
    nothing_to_follow = Text("⚠️ I could not save anything from {}, so I don't follow it.")
    unfollowed = Text("No longer following **{}**. Its articles stay.")
    source_unknown = Text("This server follows no source “{}”. Pick one from the list.")
    sources_checked = Text("### Sources checked")
    source_unchanged = Text("**{}**: nothing has changed")
    source_updated = Text("### A followed source has changed\n**{name}** · {url}")
    approval_needed = Text("### Changes of a followed source wait for approval\n**{name}** · {url}")
    source_failing = Text("### A followed source keeps failing\n**{name}** · {url}")
    source_failing_hint = Text(
        "-# It failed {} times in a row. The last good articles stay, and I keep trying without "
        "saying so again. `/curate followed` shows the latest error."
    )
    source_recovered = Text("✅ The followed source **{name}** can be read again · {url}")
    sources_unreadable = Text(
        "### No followed source can be checked\n{}\n-# The articles stay as they are. The bot's "
        "operator can mend this."
    )
    articles_gone = Text("**To be removed, because they are gone from the source** ({})")
    passages_change = Text("{}% of all passages change.")
    source_problems = Text("**Problems** ({})")
    approve_button = Text("Approve")
    discard_button = Text("Discard")
    changes_approved = Text("✅ Approved: the changes of **{}**")
    changes_discarded = Text(
        "### Discarded\nThe articles of **{}** stay as they are. I will ask again when the source "
        "changes again."
    )
    changes_outdated = Text(
        "Somebody has decided about these changes already, or the source has changed since."
    )
    add_what = Text("Attach a file or give a link.")
    reason_http_status = Text("the server answered with the error {}")
    reason_private_address = Text("it has a private address, which I don't access")
    reason_robots = Text("the site does not allow programs to read it (robots.txt)")
    reason_slow_server = Text("the server took too long")
    reason_unreachable = Text("the server cannot be reached")
    reason_made_by_hand = Text("{} was made or edited by hand, so I left it alone")
    reason_no_link = Text("that is not a link that I can read")

    # Unanswered questions.
    unanswered_heading = Text("### Unanswered questions\n-# {count} · page {page} of {pages}")
    questions = PluralText("{} question", "{} questions")
    no_unanswered = Text("### Unanswered questions\nNone: every question was answered.")
    times_asked = PluralText("asked once", "asked {} times")
    nothing_found = Text("nothing found")
    voted_down = Text("👎 for the answer")
    jump_link = Text("jump")
    wanted_by_member = Text("Looking for: {}")
    write_article = Text("Write article")
    mark_resolved = Text("Mark as resolved …")
    newest_first = Text("Newest first")
    most_asked_first = Text("Most asked first")
    previous_page = Text("Previous page")
    next_page = Text("Next page")
    by_topic = Text("By topic")
    topics_heading = Text("### Open questions by topic\n-# {count} · page {page} of {pages}")
    topics = PluralText("{} topic", "{} topics")
    topic_heading = Text("### Topic: {topic}\n-# {count} · page {page} of {pages}")
    show_topic = Text("Show {}")
    trend = Text("last 4 weeks: {}")
    exported = Text(
        "Questions with votes, verdicts per day and votes per day, without names and ids. Of "
        "private answers only those on the list of unanswered questions are included."
    )
    export_too_large = Text(
        "The files are too large for Discord. Please shorten how long I store questions."
    )
    question_not_listed = Text("That question is no longer on the list.")

    # The form for writing an article.
    draft_title = Text("Write an article")
    draft_question = Text("It should answer this question:\n> {}")
    field_title = Text("Title")
    field_text = Text("Text")
    field_text_hint = Text(
        "Use full sentences that can be quoted. A blank line starts a new paragraph."
    )
    field_publisher = Text("Publisher")
    field_url = Text("Link")
    draft_saved = Text("Article written: {}")
    invalid_link = Text("“{}” is not a web address that starts with https://")
    draft_refused = Text("Not added: {} Your text is attached, so nothing is lost.")

    # Statistics.
    stats_heading = Text("### Statistics of this server")
    stats_days = Text("**Last {} days**")
    stats_counts = Text(
        "{asked} asked · {answered} answered · {closest} closest passages · {nothing} nothing"
    )
    stats_votes = Text("median {seconds} s · 👍 {up} · 👎 {down}")
    no_questions = Text("no questions")
    most_quoted = Text("**Most quoted** (30 days)")
    times_quoted = PluralText("once", "{} times")
    chart_description = Text("Questions per day over the last 30 days, by result")

    # Pinned questions.
    pins_heading = Text(
        "### Pinned questions\n-# I ask them again after every rebuild and report changes."
    )
    no_pins = Text("None yet. Add one with `/curate pin add`.")
    pinned = Text("Pinned. Its answer now: {}")
    unpinned = Text("No longer pinned: {}")
    already_pinned = Text("This question is already pinned.")
    too_many_pins = Text("{} questions are pinned, which is the limit. Remove one first.")
    several_pins = Text("{} pinned questions contain these words. Pick one from the list.")
    not_pinned = Text("That question is not pinned.")

    # Settings.
    settings_heading = Text("### Settings of this server\n-# Changes take effect immediately.")
    channels_label = Text("**Channels where I answer mentions**")
    channels_placeholder = Text("All channels I can see")
    channels_hint = Text("-# Only these channels and their threads. Select none for all channels.")
    forums_label = Text("**Forums where I answer new posts on my own**\n-# Based on their titles.")
    forums_placeholder = Text("No forums")
    private_label = Text("**Answers to `/ask`**")
    public = Text("Visible to everyone")
    public_hint = Text("unless the member asks privately")
    private = Text("Visible only to the member who asked")
    private_hint = Text("who can share them")
    strictness_label = Text("**When I'm not sure**")
    strict = Text("Strict")
    strict_hint = Text("Better no answer than a wrong one")
    balanced = Text("Balanced")
    balanced_hint = Text("Right for most servers")
    generous = Text("Generous")
    generous_hint = Text("Better a near miss than nothing")
    quotes_label = Text("**Most quotes per answer**")
    quotes = PluralText("{} quote", "{} quotes")
    retention_label = Text("**How long I store questions**")
    days = PluralText("{} day", "{} days")
    cooldown_label = Text("**Minimum time between a member's questions**")
    no_cooldown = Text("No minimum")
    seconds = PluralText("{} second", "{} seconds")
    minutes = PluralText("{} minute", "{} minutes")
    announce_label = Text("**When a rebuild answers an unanswered question**")
    announce_off = Text("Say nothing")
    announce_on = Text("Post the answer in the channel where it was asked")
    threads_label = Text("**Public answers in text channels**")
    threads_off = Text("In the channel")
    threads_on = Text("In a thread that I open")
    threads_hint = Text("needs the permission “Create Public Threads”")
    changed_quotes_label = Text("**When a quoted article changes or goes**")
    changed_quotes_on = Text("Say so in my answers in the channels")
    changed_quotes_hint = Text("in the newest 50, if the quotation no longer stands in the article")
    changed_quotes_off = Text("Leave my answers as they are")
    settings_answers = Text("Answers")
    settings_people = Text("People")
    settings_channels = Text("Collections per channel")

    # Settings: people.
    curator_roles_label = Text("**Curator roles**")
    curator_roles_hint = Text(
        "-# Members with these roles may use `/curate`, as those who can manage the server may. "
        "Also allow the roles for `/curate` under Server Settings → Integrations, or Discord "
        "won't show them the command."
    )
    curator_roles_placeholder = Text("Only members who can manage the server")
    helper_role_label = Text("**Role that I mention when a member asks a person**")
    helper_role_hint = Text(
        "-# One mention per question, and only if the role may be mentioned. Without a role and a "
        "channel, nobody can be asked."
    )
    helper_role_placeholder = Text("Mention nobody")
    report_channel_label = Text("**Channel for reports about followed sources**")
    report_channel_placeholder = Text("No reports")
    helper_channel_label = Text("**Channel or forum where I post questions for people**")
    helper_channel_hint = Text("-# Each gets its own thread or post.")
    helper_channel_placeholder = Text("The channel where the question was asked")
    everyone_refused = Text("That would be everyone in this server. Please choose another role.")

    # Settings: collections per channel.
    collections_heading = Text(
        "### Collections per channel\n-# A collection is a folder of articles. Choose a channel to "
        "limit the answers in it and in its threads."
    )
    no_channel_collections = Text("All articles answer in every channel.")
    choose_channel = Text("Choose a channel …")
    other_channels = Text("All other channels")
    outside_collections = Text("Articles outside of folders")
    all_collections = Text("All articles")


def curator_messages(locale: discord.Locale | None) -> CuratorMessages:
    """Return the texts in the language of a curator."""
    return CuratorMessages(catalogue_for(locale))
