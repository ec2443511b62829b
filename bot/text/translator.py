"""Descriptions of commands and options in a member's language, for Discord's own lists."""

import discord
from discord import app_commands

from bot.text.messages import LANGUAGES, translations

_SECTIONS = ("commands", "curate-commands")  # files of bot/lang, English text → translation


class Translator(app_commands.Translator):
    """Looks a text up in ``bot/lang/``; what has no translation stays English."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The text in ``locale``, or None. Names of slash commands are the same everywhere."""
        found = translated(string.message, locale)
        return None if found == string.message else found


def translated(text: str, locale: discord.Locale) -> str:
    """A text of a command in a language; as it is where there is no translation."""
    language = str(locale)[:2]
    if language not in LANGUAGES:
        return text
    tables = (translations(section, language) for section in _SECTIONS)
    return next((str(table[text]) for table in tables if text in table), text)
