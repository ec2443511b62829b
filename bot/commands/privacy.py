"""``/privacy``: show which data is stored about a member, and delete it."""

from discord import ButtonStyle, app_commands, ui

from bot.commands.ask import FIND_IN_ARTICLES
from bot.commands.people.quoted_messages import show_own_messages
from bot.commands.verify import CHECK_QUOTATION
from bot.storage.deletion import DAY_SECONDS, delete_member_data
from bot.storage.guilds import LEFT_GUILD_RETENTION_SECONDS
from bot.text.messages import messages_for
from bot.text.translator import translate_command_text
from bot.ui.base_client import Interaction, State
from bot.ui.container import INFO_COLOUR, layout, show
from bot.ui.persistent import PersistentButton

privacy = app_commands.Group(
    name="privacy", description="Show or delete the data I store about you"
)


class ForgetMeButton(PersistentButton, template="quoth:forget-me"):
    """Delete the data of the member who presses it."""


@privacy.command(name="show", description="Show which data I store about you, and for how long")
async def show_privacy(interaction: Interaction) -> None:
    """Show the privacy notice with a button that deletes the member's data."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    messages = messages_for(interaction.locale)
    settings = await interaction.client.answers.guilds.get(interaction.guild_id)
    notice = messages.privacy.format(
        retention_days=settings.retention_days,
        departed_days=LEFT_GUILD_RETENTION_SECONDS // DAY_SECONDS,
        find_command=" / ".join(
            translate_command_text(name, interaction.locale)
            for name in (FIND_IN_ARTICLES, CHECK_QUOTATION)
        ),
    )
    container = ui.Container[ui.LayoutView](ui.TextDisplay(notice), accent_colour=INFO_COLOUR)
    forget = ForgetMeButton.create(label=messages.delete_my_data, style=ButtonStyle.danger)
    await show(interaction, layout(container, [forget]))


@privacy.command(name="quoted", description="Show or withdraw your messages that I quote")
async def quoted(interaction: Interaction) -> None:
    """List the member's messages that are articles."""
    await show_own_messages(interaction)


@privacy.command(name="forget-me", description="Delete your questions, votes and quoted messages")
async def forget_me(interaction: Interaction) -> None:
    """Delete the member's data."""
    await delete_my_data(interaction, {})


async def delete_my_data(interaction: Interaction, _state: State) -> None:
    """Delete the member's data, and say how much it was."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    answers = interaction.client.answers
    counts = await delete_member_data(answers.store, interaction.user.id)
    answers.forget_unsaved()
    await interaction.client.quoted_messages.announce_withdrawn()
    messages = messages_for(interaction.locale)
    deleted = (
        (counts["answers"], messages.answered_questions),
        (counts["unanswered"], messages.unanswered_questions),
        (counts["votes"], messages.votes),
        (counts["quoted_messages"], messages.quoted_messages),
        (counts["help_requests"], messages.questions_for_people),
        (counts["help_subscribers"], messages.notifications),
    )
    parts = ", ".join(text(count) for count, text in deleted if count)
    line = messages.data_deleted.format(parts) if parts else messages.no_data_to_delete
    if counts["answers"]:
        line = f"{line} {messages.buttons_disabled}"
    await interaction.edit_original_response(content=line)
