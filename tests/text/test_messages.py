import shutil
import string
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import discord
import pytest
from babel.messages.pofile import read_po

from bot.app.client import QuothBot
from bot.text.curator_messages import CuratorMessages
from bot.text.messages import ENGLISH, Messages, format_date, messages_for
from bot.text.translator import (
    LOCALES,
    PluralText,
    Text,
    TranslatedTexts,
    Translator,
    _read_catalogue,
    catalogue_for,
    translate_command_text,
)
from tests.support.discord_fakes import World
from tests.support.discord_messages import labels, text, units

CATALOGUES = sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))
LANGUAGES = [path.parts[-3] for path in CATALOGUES]
MEMBER_COMMANDS = ("ask", "sources", "help", "privacy")


def locale_of(language: str) -> discord.Locale:
    return next(locale for locale in discord.Locale if str(locale)[:2] == language)


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def english_texts(texts: type[TranslatedTexts]) -> Iterable[str | tuple[str, str]]:
    for value in vars(texts).values():
        if isinstance(value, Text):
            yield value.english
        if isinstance(value, PluralText):
            yield value.singular, value.plural


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_every_text_has_a_translation(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    for english in {*english_texts(Messages), *english_texts(CuratorMessages)}:
        message = catalogue.get(english)
        assert message, english
        assert not message.fuzzy
        if isinstance(english, str):
            assert isinstance(message.string, str)
            assert message.string, english
            assert placeholders(message.string) == placeholders(english), english
        else:
            assert isinstance(message.string, tuple)
            assert len(message.string) == catalogue.num_plurals
            assert all(message.string), english
            # The singular may leave the number out ("asked once").
            assert all(placeholders(form) <= placeholders(english[1]) for form in message.string)
            assert placeholders(message.string[-1]) == placeholders(english[1]), english


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_no_translation_is_left_over(path: Path) -> None:
    texts = {*english_texts(Messages), *english_texts(CuratorMessages)}
    with path.open("rb") as file:
        catalogue = read_po(file)
    source = "".join(path.read_text("utf-8") for path in LOCALES.parents[1].rglob("*.py"))
    for message in catalogue:
        assert message.id in texts or f'"{message.id}"' in source or not message.id, message.id


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_labels_and_titles_fit_discords_limits(language: str) -> None:
    messages = Messages(catalogue_for(locale_of(language)))
    button_labels = (messages.more_context, messages.next_passages, messages.follow_up)
    assert max(map(units, (*button_labels, messages.feedback_button))) <= 36
    titles = (messages.follow_up_title, messages.feedback_title)
    field_labels = (messages.feedback_label, messages.follow_up_label)
    assert max(map(units, titles + field_labels)) <= 45
    assert units(messages.follow_up_placeholder) <= 100


def test_languages_without_a_catalogue_are_english() -> None:
    assert messages_for(discord.Locale.japanese) == ENGLISH == messages_for(None)
    assert messages_for(discord.Locale.latin_american_spanish).share == "Compartir"


def _forget_catalogues() -> None:
    catalogue_for.cache_clear()
    _read_catalogue.cache_clear()


@pytest.mark.parametrize(
    ("folder", "locale"),
    [("fr", discord.Locale.french), ("pt_BR", discord.Locale.brazil_portuguese)],
)
def test_a_copied_catalogue_adds_a_language(
    folder: str, locale: discord.Locale, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(LOCALES / "de", tmp_path / folder)
    monkeypatch.setattr("bot.text.translator.LOCALES", tmp_path)
    _forget_catalogues()
    assert messages_for(locale).share == "Teilen"
    assert messages_for(discord.Locale.japanese).share == "Share"
    _forget_catalogues()


def test_plural_texts_follow_the_number() -> None:
    assert [ENGLISH.articles(count) for count in (0, 1, 2)] == [
        "0 articles",
        "1 article",
        "2 articles",
    ]
    assert messages_for(discord.Locale.german).passages(1) == "1 Absatz"


def test_dates_are_formatted_in_the_language() -> None:
    german = messages_for(discord.Locale.german)
    assert format_date("2021-03-09", german) == "9. März 2021"
    assert format_date("2021-03", german) == "März 2021"
    assert format_date("2021", german) == "2021"


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_twelve_months_in_every_language(language: str) -> None:
    assert len(Messages(catalogue_for(locale_of(language))).months) == 12


def test_english_loads_no_babel() -> None:
    code = (
        "import sys\nfrom bot.text.messages import messages_for\nmessages_for(None).share\n"
        "sys.exit('babel' in sys.modules or 'dateparser' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_member_command_descriptions_are_translated(
    simcord_bot: QuothBot, language: str
) -> None:
    locale = locale_of(language)
    for name in MEMBER_COMMANDS:
        command = simcord_bot.tree.get_command(name)
        assert command is not None
        described = [command.description]
        described += [option.description for option in getattr(command, "parameters", ())]
        described += [subcommand.description for subcommand in getattr(command, "commands", ())]
        for description in map(str, described):
            translation = translate_command_text(description, locale)
            assert translation != description
            assert units(translation) <= 100


async def test_discord_receives_the_translations(world: World) -> None:
    (request,) = [request for request in world.env.http_requests if request.method == "PUT"]
    commands = {command["name"]: command for command in request.json or []}
    ask = commands["ask"]
    assert ask["description_localizations"]["de"].startswith("Stell eine Frage")
    assert ask["options"][0]["description_localizations"]["es-ES"] == "Tu pregunta"
    assert commands["Find in articles"]["name_localizations"]["de"] == "In Artikeln suchen"
    assert not ask.get("name_localizations")


async def test_a_german_server_gets_german_answers(world: World) -> None:
    guild = world.env.create_guild("Teehaus", preferred_locale="de")
    channel = guild.create_text_channel("fragen")
    dora = guild.add_member(world.env.create_user("dora"))
    await dora.send(channel, f"<@{world.env.bot.user.id}> Is black tea fermented for hours?")  # type: ignore[union-attr]
    assert r"9\. März 2021 · Absatz 2" in text(channel.last_message)
    assert "Nachfragen" in labels(channel.last_message)


async def test_untranslated_command_texts_stay_english() -> None:
    assert translate_command_text("No such text", discord.Locale.german) == "No such text"
    context: Any = discord.app_commands.TranslationContext(
        discord.app_commands.TranslationContextLocation.other, None
    )
    string_ = discord.app_commands.locale_str("No such text")
    assert await Translator().translate(string_, discord.Locale.german, context) is None
