import discord

from bot.services.rate_limit import RateLimited
from bot.storage.pins import PinRefused
from bot.text.curator_messages import CuratorMessages, curator_messages
from bot.text.errors import InvalidQuestion
from bot.text.messages import messages_for
from bot.ui.error_handling import error_line
from index.errors import QuestionError

GERMAN = messages_for(discord.Locale.german)


def test_an_error_is_english_in_logs_and_translated_when_shown() -> None:
    error = RateLimited(3.2, already_told=False)
    assert str(error) == "One moment, please! You can ask again in 4 seconds."
    assert error_line(error, GERMAN, "") == GERMAN.rate_limited(4)
    assert "Sekunden" in GERMAN.rate_limited(4)


def test_an_error_of_a_curator_has_the_texts_for_curators() -> None:
    error = PinRefused(lambda messages: messages.not_pinned)
    german = curator_messages(discord.Locale.german)
    assert str(error) == CuratorMessages().not_pinned
    assert error_line(error, GERMAN, "") == german.not_pinned != str(error)


def test_what_a_member_typed_is_escaped_in_an_error() -> None:
    error = InvalidQuestion(lambda messages: messages.no_article.format("*tea*"))
    assert isinstance(error, QuestionError)
    assert error_line(error, GERMAN, "") == GERMAN.no_article.format("\\*tea\\*")
