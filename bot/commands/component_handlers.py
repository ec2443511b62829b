"""The functions that handle each button, select menu and form."""

from bot.commands.answer_buttons import delete, more_context, read_on, turn_page, whole_article
from bot.commands.curate.confirm import (
    DismissButton,
    RemoveButton,
    RollBackButton,
    dismiss,
    remove_article,
    roll_back,
)
from bot.commands.curate.draft import DRAFT_FORM, DraftButton, open_draft_form, write_draft
from bot.commands.curate.rebuild_progress import CancelButton, cancel_rebuild
from bot.commands.curate.unanswered import (
    DoneSelect,
    UnansweredOrder,
    UnansweredPage,
    mark_done,
    turn_unanswered_page,
)
from bot.commands.follow_up import ask_follow_up, open_follow_up_form
from bot.commands.privacy import ForgetMeButton, delete_my_data
from bot.commands.settings import SettingSelect, change_setting
from bot.commands.share import share
from bot.commands.sources import SourcesPage, turn_sources_page
from bot.commands.vote import cast_vote, open_comment_form, save_comment
from bot.ui.answer_buttons import (
    FEEDBACK_TEMPLATE,
    FOLLOW_UP_TEMPLATE,
    AnswerPageButton,
    ContextPageButton,
    DeleteButton,
    FeedbackButton,
    FollowUpButton,
    MoreContextButton,
    ShareButton,
    VoteButton,
    WholeArticleButton,
)
from bot.ui.base_client import ComponentHandlers

HANDLERS = ComponentHandlers(
    buttons={
        MoreContextButton: more_context,
        ContextPageButton: read_on,
        WholeArticleButton: whole_article,
        AnswerPageButton: turn_page,
        FollowUpButton: open_follow_up_form,
        ShareButton: share,
        VoteButton: cast_vote,
        FeedbackButton: open_comment_form,
        DeleteButton: delete,
        SourcesPage: turn_sources_page,
        ForgetMeButton: delete_my_data,
        CancelButton: cancel_rebuild,
        DismissButton: dismiss,
        RemoveButton: remove_article,
        RollBackButton: roll_back,
        DraftButton: open_draft_form,
        UnansweredOrder: turn_unanswered_page,
        UnansweredPage: turn_unanswered_page,
    },
    selects={DoneSelect: mark_done, SettingSelect: change_setting},
    forms={
        FOLLOW_UP_TEMPLATE: ask_follow_up,
        FEEDBACK_TEMPLATE: save_comment,
        DRAFT_FORM: write_draft,
    },
)
