"""Map each persistent button, select menu and form to the function that handles it."""

from bot.commands import privacy, settings, sources
from bot.commands.answers import answer_buttons, changed_quotes, share
from bot.commands.curate import (
    add,
    confirm,
    quote,
    rebuild_progress,
    source_reports,
    unanswered,
)
from bot.commands.people import ask_person, quoted_messages
from bot.ui.answers import answer_buttons as buttons
from bot.ui.base_client import ComponentHandlers
from bot.ui.curate import channels_view, settings_view, unanswered_view

HANDLERS = ComponentHandlers(
    buttons={
        buttons.MoreContextButton: answer_buttons.more_context,
        buttons.ContextPageButton: answer_buttons.read_on,
        buttons.WholeArticleButton: answer_buttons.whole_article,
        buttons.AnswerPageButton: answer_buttons.turn_page,
        buttons.DeleteButton: answer_buttons.delete,
        buttons.FollowUpButton: answer_buttons.open_follow_up_form,
        buttons.ShareButton: share.share,
        buttons.VoteButton: answer_buttons.cast_vote,
        buttons.AskAgainButton: changed_quotes.ask_again,
        buttons.AskPersonButton: ask_person.ask_person,
        buttons.TellMeButton: ask_person.toggle_telling,
        buttons.FeedbackButton: answer_buttons.open_comment_form,
        sources.SourcesPageButton: sources.turn_sources_page,
        privacy.ForgetMeButton: privacy.delete_my_data,
        rebuild_progress.CancelButton: rebuild_progress.cancel_rebuild,
        quoted_messages.ShowNameButton: quoted_messages.set_name,
        quoted_messages.WithdrawButton: quoted_messages.withdraw_message,
        confirm.RemoveButton: confirm.remove_article,
        confirm.RollBackButton: confirm.roll_back,
        confirm.DismissButton: confirm.dismiss,
        source_reports.ApproveButton: source_reports.approve_changes,
        source_reports.DiscardButton: source_reports.discard_changes,
        unanswered_view.DraftButton: add.open_draft_form,
        unanswered_view.UnansweredOrderButton: unanswered.turn_unanswered_page,
        unanswered_view.UnansweredPageButton: unanswered.turn_unanswered_page,
        unanswered_view.TopicButton: unanswered.show_topic,
        settings_view.SettingsPageButton: settings.turn_settings_page,
        channels_view.ChannelButton: settings.show_channel,
    },
    selects={
        settings_view.SettingSelect: settings.change_setting,
        channels_view.ChannelSelect: settings.choose_channel,
        channels_view.CollectionsSelect: settings.choose_collections,
        unanswered_view.ResolveSelect: unanswered.mark_resolved,
    },
    forms={
        buttons.FOLLOW_UP_TEMPLATE: answer_buttons.ask_follow_up,
        buttons.FEEDBACK_TEMPLATE: answer_buttons.save_comment,
        add.DRAFT_FORM: add.write_draft,
        quote.QUOTE_FORM: quote.quote_message,
    },
)
