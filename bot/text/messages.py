"""Texts that members read."""

import re
from datetime import date

import discord

from bot.text.translator import PluralText, Text, TranslatedTexts, catalogue_for

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class Messages(TranslatedTexts):
    """Texts for members, in one language."""

    # Answers.
    closest_passages = Text("These passages may not answer your question, but they come closest.")
    no_answer = Text(
        "I found nothing about that in the articles. Try other words or browse `/sources`."
    )
    empty_question = Text("I couldn't find a question in that. Please type one.")
    question_too_long = Text(
        "That's {length} characters, and the limit is {limit}. Please shorten your question."
    )
    no_words = Text("I couldn't find any words in that. Ask me something about the articles.")
    unsupported_script = Text(
        "None of my articles uses that script. Please ask in a language of the articles."
    )
    single_word = Text("A single word is only a topic. Ask a full question to get an answer.")
    not_a_question = Text(
        "That looks like a whole paragraph, not a question. Please ask in one sentence."
    )
    related_articles = Text("I found nothing about that. These articles come closest:")
    no_more_passages = Text("There are no more passages for this question.")
    shortened_quotes = Text("[…] marks a shortened quote. Press More context to see all of it.")
    articles_updated = Text(
        "The articles have been updated since the first page, so a passage may appear twice."
    )
    more_context = Text("More context")
    next_passages = Text("Next passages")
    previous_passages = Text("Previous passages")
    delete = Text("Delete")
    earlier = Text("Earlier")
    later = Text("Later")
    previous_page = Text("Previous page")
    next_page = Text("Next page")
    paragraph = Text("paragraph {}")
    page = Text("page {}")
    checked = Text("checked {}")
    stale_source = Text("⚠️ its source has not been checked since {}")
    also_in = Text("Also in {}")
    also_in_more = Text("and {} more")
    paragraph_heading = Text("Paragraph {}")
    paragraph_range = Text("{title}\n-# Paragraphs {first}–{last} of {total}")
    single_paragraph = Text("{title}\n-# Paragraph {first} of {total}")
    quoted_paragraph = Text("Paragraph {} · quoted")
    article_list = Text("### Articles")
    page_of = Text("-# {count} · page {page} of {pages}")
    articles = PluralText("{} article", "{} articles")
    passages = PluralText("{} passage", "{} passages")
    no_articles = Text("There are no articles yet.")
    greeting = Text(
        "Hi! Ask me something about the articles: mention me with a question, or use `/ask`. "
        "I answer only with exact quotes. `/help` shows everything you can do."
    )
    greeting_direct = Text(
        "Hi! Just send me a question about the articles. I answer only with exact quotes. `/help` "
        "shows everything you can do."
    )
    acknowledgement = Text("You're welcome! Ask me anything else about the articles.")
    introduction = Text(
        "I answer questions with exact quotes from the articles, each with its source; I write "
        "nothing of my own. `/help` shows everything you can do."
    )

    # Errors.
    busy = PluralText(
        "I'm busy; {} question is ahead of yours. Please try again in a moment.",
        "I'm busy; {} questions are ahead of yours. Please try again in a moment.",
    )
    restarting = Text("I'm restarting. Please try again in a minute.")
    articles_unreachable = Text(
        "I can't reach my articles right now; please try again in a minute."
    )
    restarted = Text("I was restarted before I could answer. Please ask again.")
    too_late = Text("I couldn't answer your question in time. Please ask again.")
    rate_limited = PluralText(
        "One moment, please! You can ask again in {} second.",
        "One moment, please! You can ask again in {} seconds.",
    )
    answer_expired = Text("I no longer have this answer. Please ask again.")
    article_changed = Text("This article has changed since I quoted it. Please ask again.")
    article_removed = Text("This article has been removed. Please ask again.")
    unknown_control = Text("This button is from another version of me. Please ask again.")
    unknown_command = Text(
        "This command is from another version of me. Please restart Discord and try again."
    )
    delete_not_allowed = Text(
        "Only the member who asked, or someone who can manage messages, can delete this answer."
    )
    cannot_answer_in = Text(
        "I don't have permission to answer in {}. Please ask someone who manages this server."
    )
    missing_permission = Text(
        "I don't have permission to do that here. Please tell someone who manages this server."
    )
    internal_error = Text(
        "Sorry, something went wrong. The bot's operator can find the details in the log "
        "under `{}`."
    )
    store_full = Text(
        "I can't save that: the disk of the bot's machine is full. Please tell the bot's operator."
    )
    store_read_only = Text(
        "I can't save that: the bot's database is read-only. Please tell the bot's operator."
    )
    store_locked = Text(
        "I can't save that: another program is using the bot's database. Please try again in a "
        "minute."
    )
    store_unreadable = Text(
        "I can't reach the bot's database at the moment. Please tell the bot's operator."
    )
    store_unreachable = Text(
        "I can't reach the bot's database at the moment. Please try again in a minute."
    )
    discord_rejected = Text("Discord rejected my answer. Please try again in a moment.")
    discord_filtered = Text(
        "Discord's filters don't let me send this here, because of a link or a word in it. Please "
        "ask about something else, or tell someone who manages this server."
    )
    no_article = Text("There is no article “{}”. Pick one from the list, or see /sources.")
    several_articles = Text("Several articles match “{}”. Pick one from the list, or see /sources.")

    # Filters of a question.
    no_publisher = Text("I don't know the publisher “{}”. Pick one from the list.")
    several_publishers = Text("Several publishers match “{}”. Pick one from the list.")
    invalid_date = Text(
        "I don't understand the date “{}”. Write a year (2019), a month (March 2024), a day "
        "(2024-03-01), or something like “last year” or “3 months ago”."
    )
    no_articles_since = Text("None of the articles I can use here is from {} or later.")
    since = Text("since {}")
    limited_to = Text("Only {}")

    # Follow-ups, sharing, votes.
    understood_as = Text("I understood this as: “{}”")
    follow_up = Text("Follow-up")
    follow_up_title = Text("Ask a follow-up question")
    follow_up_label = Text("Your question")
    follow_up_placeholder = Text("What about …?  ·  Why?  ·  When did they …?")
    cannot_read_replies = Text(
        "I can't read replies to a command's answer. Press **Follow-up** below it, or mention "
        "me with your question."
    )
    cannot_read_message = Text(
        "Discord doesn't show me the message you replied to. Open its menu and choose "
        "**Apps → {}**, or write the question yourself."
    )
    cannot_read_role_mentions = Text(
        "Discord doesn't show me messages that mention only my role. Mention me instead: {}"
    )
    share = Text("Share")
    shared = Text("Shared")
    shared_by = Text("Shared by {}")
    already_shared = Text("This answer has already been shared.")
    cannot_share = Text("You can't post in this channel, so I can't post here for you.")
    asked_by = Text("Asked by {}")
    voted_up = Text("Thanks! I noted that this helped. Press 👍 again to undo it.")
    voted_down = Text(
        "Thanks for letting me know. Press 👎 again to undo it. What did you want to find?"
    )
    vote_withdrawn = Text("I removed your vote.")
    feedback_button = Text("Say what you wanted")
    feedback_title = Text("What did you want to find?")
    feedback_label = Text("The curators will read this")
    feedback_saved = Text("Thanks! The curators will see it, without your name.")
    no_text_to_search = Text("This message has no text that I could search for.")

    # Questions for people.
    ask_person = Text("Ask a person")
    handed_over = Text("I asked in {}.")
    already_handed_over = Text("This question has already been asked in {}.")
    tell_me = Text("Tell me when an article answers it")
    tell_me_hint = Text(
        "If you press the button, I'll mention you there. Until then I store your ID."
    )
    will_tell = Text(
        "I'll mention you in {} when an article answers your question. Press again to undo it."
    )
    will_not_tell = Text("All right, I won't tell you, and I deleted your ID.")
    request_over = Text("This question is no longer open.")
    nobody_to_ask = Text("Nobody can be asked here any longer.")
    cannot_ask_person = Text(
        "I don't have permission to ask a person in {}. Please tell someone who manages this "
        "server."
    )
    too_many_own_requests = PluralText(
        "You can ask people {} question an hour. Please try again later.",
        "You can ask people {} questions an hour. Please try again later.",
    )
    too_many_requests = PluralText(
        "This server can ask people {} question an hour. Please try again later.",
        "This server can ask people {} questions an hour. Please try again later.",
    )
    question_for_person = Text("Question for a person")
    helper_hint = Text("Please answer here. A curator can make an article of a good answer.")
    my_answer = Text("what I found")
    now_answered = Text("Now the articles answer this.")

    # Answers whose articles changed.
    ask_again = Text("Ask again")
    quote_changed = Text("Changed since ({changed}); as quoted on {quoted}.")
    quotes_changed = Text("Quotes {numbers}: changed since ({changed}); as quoted on {quoted}.")
    article_gone = Text("The article was removed ({changed}); as quoted on {quoted}.")
    articles_gone = Text("Quotes {numbers}: article removed ({changed}); as quoted on {quoted}.")
    quote_withdrawn = Text("I quoted a message here that its author has withdrawn.")

    # Quoted messages.
    message_quoted = Text(
        "A curator made an article of this message, so that I can quote it in this server."
    )
    quoted_with_name = Text("Your name is shown with it.")
    quoted_without_name = Text("Your name is not shown. May I show it?")
    quoted_forward = Text("You forwarded it, so no name is shown.")
    author_decides = Text("Only you can decide; `/privacy quoted` shows this again")
    show_name = Text("Show my name")
    hide_name = Text("Hide my name")
    withdraw_message = Text("Withdraw")
    message_withdrawn = Text(
        "This message was withdrawn. I no longer quote it, and I am deleting it from the articles."
    )
    only_author_decides = Text("Only the author of the message can decide that.")
    quote_removed = Text("This article has already been removed.")
    quoted_messages_heading = Text("### Your messages that I quote")
    no_quoted_messages = Text("I quote none of your messages.")
    more_quoted_messages = Text("… and {} more")
    quoted_messages = PluralText("{} quoted message", "{} quoted messages")

    # Checked quotations.
    in_quotes = Text("“{}”")
    quotation_exact = Text("**Word for word in the articles.**")
    quotation_near = Text("**Not word for word.** This is the closest place:")
    quotation_missing = Text("**Not in the articles.** I found no passage like it.")
    diff_legend = Text("~~struck~~: only in the text you checked · **bold**: only in the article")
    more_places = Text("There are more places with this text.")
    no_quotation = Text("I couldn't find any words to check in that.")
    quotation_too_long = Text(
        "That's too much to check at once. Please check it in parts of at most {} characters."
    )

    # Articles.
    read_article = Text("Read")
    read_article_number = Text("Read {}")
    whole_article = Text("Whole article")
    whole_article_attached = Text("**{}**: the whole article, word for word, as I quote it.")
    article_too_large = Text("This article is too large to send as a file on Discord.")
    no_matching_articles = Text("No article has “{}” in its title, publisher or file name.")
    matching_articles = Text("### Articles with “{search}”")

    # Help and privacy.
    help_introduction = Text(
        "I answer questions with exact quotes from the articles, each with its source. I write "
        "nothing of my own."
    )
    help_title = Text("### What you can do here")
    help_curators = Text("### For curators")
    help_mention = Text(
        "You can also mention me with a question, or reply to one of my answers. I'll reply in "
        "the channel."
    )
    help_direct_message = Text("You can also just send me your question.")
    help_message_command = Text("On any message: **Apps → {}**")
    privacy = Text(
        "### What I store\n"
        "**Questions and answers:** the text of each question and which passages were quoted, "
        "so that the buttons work.\n"
        "**Unanswered questions and 👎:** the text, the channel and what you said you wanted, "
        "so that the curators can add what is missing. For a private answer, I don't store the "
        "channel.\n"
        "**Votes:** one per member and answer.\n"
        "**Counts:** how many questions were asked and how they turned out, without their "
        "text.\n"
        "**While I answer:** the IDs of your message and its channel, so that a restart loses "
        "no question.\n"
        "**Questions for people:** the text, so that I can ask it again after a rebuild. If "
        "you want to be told, also your ID, until I have told you.\n"
        "I delete all of this after {retention_days} days.\n\n"
        "**Messages that a curator quotes:** the text as an article of this server only, with "
        "your name only if you agree, until you withdraw it (`/privacy quoted`) or delete your "
        "data. I then stop quoting it at once and keep only its number, so that nobody quotes "
        "it again; old versions of the index and the operator's backups keep the text until "
        "newer ones replace them.\n\n"
        "**Otherwise neither your name nor your ID.** I mark your data with a code made from "
        "your ID, the answer and a key that only the bot's operator has. The code lets you "
        "change a vote and delete your data; it doesn't reveal who you are.\n\n"
        "I only read messages meant for me: mentions and the messages they reply to, replies "
        "that ping me, direct messages, titles of posts in forums that the curators chose, and "
        "messages you use **{find_command}** on. Everything runs on the operator's machine; "
        "your questions are not sent to any other service. When I'm removed from a server, I "
        "delete its data after {departed_days} days."
    )
    delete_my_data = Text("Delete my data")
    data_deleted = Text("Done. I deleted {}.")
    buttons_disabled = Text("The buttons under those answers no longer work.")
    no_data_to_delete = Text("I have no data of yours to delete.")
    answered_questions = PluralText("{} question and its answer", "{} questions and their answers")
    unanswered_questions = PluralText("{} unanswered question", "{} unanswered questions")
    votes = PluralText("{} vote", "{} votes")
    questions_for_people = PluralText("{} question for people", "{} questions for people")
    notifications = PluralText("{} notification", "{} notifications")

    # Dates.
    date_format = Text("{day} {month} {year}")
    month_names = Text("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")

    @property
    def months(self) -> list[str]:
        """Short names of the twelve months."""
        return self.month_names.split()


ENGLISH = Messages()


def messages_for(locale: discord.Locale | None) -> Messages:
    """Return the texts in the language of a member or a server."""
    return Messages(catalogue_for(locale))


def format_date(published: str, messages: Messages) -> str:
    """Format an ISO date or month; a year, or any other text, is returned as it is."""
    if month := _MONTH.fullmatch(published):
        return f"{messages.months[int(month[2]) - 1]} {month[1]}"
    try:
        day = date.fromisoformat(published[:10])
    except ValueError:
        return published
    month_name = messages.months[day.month - 1]
    return messages.date_format.format(day=day.day, month=month_name, year=day.year)
