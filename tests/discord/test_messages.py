import string
from dataclasses import fields
from importlib.resources import files
from typing import Any

import discord
import pytest

from bot.app.client import QuothBot
from bot.text.messages import (
    ENGLISH,
    LANGUAGES,
    Messages,
    day,
    in_language,
    messages_for,
    translations,
)
from bot.text.translator import Translator, translated
from tests.support.discord_fakes import World, labels, text, units


def holes(value: object) -> list[str]:
    found = string.Formatter().parse(value) if isinstance(value, str) else ()
    return sorted(name for _, name, _, _ in found if name is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_has_a_translation_with_the_same_holes(language: str) -> None:
    texts = translations("words", language)
    assert texts.keys() == {field.name for field in fields(Messages)}
    for name, value in texts.items():
        assert holes(value) == holes(getattr(ENGLISH, name)), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_titles_fit_in_every_language(language: str) -> None:
    words = in_language(Messages, "words", discord.Locale({"de": "de", "es": "es-ES"}[language]))
    shown = (words.more_context, words.next_passages, words.follow_up, words.say_wanted)
    assert max(map(units, shown)) <= 36
    titles = (words.follow_up_title, words.wanted_title, words.wanted_label, words.follow_up_label)
    assert max(map(units, titles)) <= 45
    assert units(words.follow_up_hint) <= 100


def test_other_languages_are_english() -> None:
    assert messages_for(discord.Locale.japanese) == ENGLISH == messages_for(None)
    assert messages_for(discord.Locale.latin_american_spanish).share == "Compartir"


def test_dates_are_written_as_the_language_writes_them() -> None:
    german = messages_for(discord.Locale.german)
    assert day("2021-03-09", german) == "9. März 2021"
    assert day("2021-03", german) == "März 2021"
    assert day("2021", german) == "2021"


async def test_every_description_of_a_members_command_is_translated(simcord_bot: QuothBot) -> None:
    for language in LANGUAGES:
        table = translations("commands", language)
        for name in ("ask", "sources", "help", "privacy"):
            command = simcord_bot.tree.get_command(name)
            assert command is not None
            described = [command.description]
            described += [one.description for one in getattr(command, "parameters", ())]
            described += [one.description for one in getattr(command, "commands", ())]
            assert set(map(str, described)) <= table.keys()
        assert all(units(value) <= 100 for value in table.values())


async def test_discord_is_told_of_the_translations(world: World) -> None:
    (request,) = [one for one in world.env.http_requests if one.method == "PUT"]
    ask = next(one for one in request.json or [] if one["name"] == "ask")
    assert ask["description_localizations"]["de"] == "Frag die Artikel; ich antworte mit Zitaten"
    assert ask["options"][0]["description_localizations"]["es-ES"] == "¿Qué quieres saber?"
    found = next(one for one in request.json or [] if one["name"] == "Find in articles")
    assert found["name_localizations"]["de"] == "In Artikeln suchen"
    assert not ask.get("name_localizations")


async def test_a_server_in_german_is_answered_in_german(world: World) -> None:
    guild = world.env.create_guild("Teehaus", preferred_locale="de")
    channel = guild.create_text_channel("fragen")
    dora = guild.add_member(world.env.create_user("dora"))
    await dora.send(channel, f"<@{world.env.bot.user.id}> Is black tea fermented for hours?")  # type: ignore[union-attr]
    assert r"9\. März 2021 · Absatz 2" in text(channel.last_message)
    assert "Nachfragen" in labels(channel.last_message)


async def test_what_has_no_translation_stays_as_it_is() -> None:
    assert translated("No such text", discord.Locale.german) == "No such text"
    context: Any = discord.app_commands.TranslationContext(
        discord.app_commands.TranslationContextLocation.other, None
    )
    string_ = discord.app_commands.locale_str("No such text")
    assert await Translator().translate(string_, discord.Locale.german, context) is None


def test_the_languages_are_packed_with_the_bot() -> None:
    names = {file.name for file in files("bot.text").joinpath("lang").iterdir()}
    assert {f"words.{language}.json" for language in LANGUAGES} <= names
