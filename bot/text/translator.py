"""Translate texts with the gettext catalogues in ``locales/``.

English needs no catalogue. To add a language, copy ``locales/de/LC_MESSAGES/messages.po`` to
``locales/<language>/LC_MESSAGES/`` and translate it; the bot reads it when it starts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

import discord
from discord import app_commands

LOCALES = Path(__file__).with_name("locales")
_ENGLISH = NullTranslations()


@cache
def catalogue_for(locale: discord.Locale | None) -> NullTranslations:
    """Return the catalogue of a Discord locale; without one, texts stay English."""
    name = str(locale).replace("-", "_")
    return _read_catalogue(name) or _read_catalogue(name[:2]) or _ENGLISH


@cache
def _read_catalogue(name: str) -> NullTranslations | None:
    path = LOCALES / name / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return None
    from babel.messages import mofile, pofile  # noqa: PLC0415 - English does without Babel

    compiled = BytesIO()
    with path.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True)
class TranslatedTexts:
    """Base class of texts that are read in the language of ``catalogue``."""

    catalogue: NullTranslations = _ENGLISH

    @property
    def is_english(self) -> bool:
        """True if the texts are not translated."""
        return self.catalogue is _ENGLISH


class Text:
    """A text of a TranslatedTexts class; as an attribute, its translation."""

    def __init__(self, english: str) -> None:
        self.english = english

    def __get__(self, texts: TranslatedTexts, owner: type[TranslatedTexts]) -> str:
        """Translate the text."""
        return texts.catalogue.gettext(self.english)


class PluralText:
    """A text with a number; as an attribute, a function from the number to the text."""

    def __init__(self, singular: str, plural: str) -> None:
        self.singular, self.plural = singular, plural

    def __get__(self, texts: TranslatedTexts, owner: type[TranslatedTexts]) -> Callable[[int], str]:
        """Translate the text in the plural form that a number needs."""
        ngettext = texts.catalogue.ngettext
        return lambda count: ngettext(self.singular, self.plural, count).format(count)


class Translator(app_commands.Translator):
    """Translate command descriptions for Discord's own command list."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the text in ``locale``, or None. Slash command names stay English."""
        translation = translate_command_text(string.message, locale)
        return None if translation == string.message else translation


def translate_command_text(text: str, locale: discord.Locale | None) -> str:
    """Translate the name or description of a command; unknown texts stay English."""
    return catalogue_for(locale).gettext(text)
