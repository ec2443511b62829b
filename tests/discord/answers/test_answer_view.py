import re
from dataclasses import replace

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.sources import sources_view
from bot.questions.articles import SourcesPage
from bot.questions.question import Question
from bot.services.answers import AnswerPage
from bot.services.context_pages import page_around_quote
from bot.storage.store import StoredQuote
from bot.text.messages import ENGLISH
from bot.ui.answers.answer_view import AnswerFrame, answer_view, context_view
from index.types import (
    Answer,
    AnsweredPart,
    Citation,
    Metadata,
    Quote,
    Slice,
    Source,
    Verdict,
    digest,
)
from tests.support.discord_fakes import World
from tests.support.discord_markdown import CODE_BLOCK, unquote
from tests.support.discord_messages import labels, problems, raw, text, texts, walk
from tests.support.fake_searcher import ARTICLES, HOSTILE, TEA, FakeSearcher
from tests.support.stores import file_of

QUESTION = "Is black tea fermented for hours?"


def quoted(message: object) -> list[str]:
    """Return the block quotes of a message, unescaped."""
    return [
        unquote(block)
        for shown in texts(message)
        if (block := "\n".join(line for line in shown.split("\n") if line.startswith("> ")))
    ]


async def test_an_answer_shows_quotes_with_citations(world: World) -> None:
    shown = await world.ask(QUESTION)
    assert shown.flags.components_v2
    assert texts(shown)[:3] == [
        "### Is black tea fermented for hours?",
        "> **Black tea is fermented for two to four hours.** It keeps for years in a closed tin.",
        "**1.** [All about tea](https://tea.example/a%28b%29"
        "#:~:text=Black%20tea%20is%20fermented%20for%20two%20to%20four%20hours)\n"
        "-# Tea Board · Ann Lee · 9 Mar 2021 · paragraph 2 · tea.md",
    ]
    assert labels(shown) == [
        "More context",
        "More context 2",
        "More context 3",
        "Next passages",
        "Follow-up",
        "👍",
        "👎",
        "Delete",
    ]


async def test_quotes_are_numbered_in_reading_order(world: World) -> None:
    shown = await world.ask(QUESTION)
    assert re.findall(r"^\*\*(\d)\.\*\*", text(shown), re.MULTILINE) == ["1", "2", "3"]


async def test_every_quote_is_an_exact_slice_of_an_article(world: World) -> None:
    for question in (QUESTION, "Where are lions?", "What has caffeine?"):
        for passage in quoted(await world.ask(question)):
            assert any(passage in body for _, body in ARTICLES.values())


async def test_uncertain_answers_are_introduced_as_such(world: World) -> None:
    shown = await world.ask("Who drank at court?")
    assert ENGLISH.closest_passages not in text(shown)
    shown = await world.ask("What about caffeine?")
    assert texts(shown)[1] == ENGLISH.closest_passages
    assert not re.search(r"\d ?%", text(shown).replace("a%28b%29", ""))


async def test_without_an_answer_lists_related_articles(
    world: World,
) -> None:
    shown = await world.ask("Kdo vyhrál hokej?")
    assert texts(shown)[:2] == ["### Kdo vyhrál hokej?", ENGLISH.related_articles]
    assert "[All about tea](https://tea.example/a%28b%29)" in texts(shown)[2]
    assert not quoted(shown)
    assert labels(shown) == ["Read", "Read 2", "Read 3", "Follow-up", "Delete"]


async def test_without_articles_shows_one_line(world: World) -> None:
    world.fake_index.searcher = FakeSearcher("two", {})
    shown = await world.ask("Kdo vyhrál hokej?")
    assert texts(shown) == ["### Kdo vyhrál hokej?", ENGLISH.no_articles]


async def test_related_articles_open_at_their_beginning(world: World) -> None:
    shown = await world.ask("Kdo vyhrál hokej?")
    result = await world.alice.click(shown, label="Read")
    assert result.ephemeral
    assert quoted(result.response) == TEA.split("\n\n")
    assert "quoted" not in text(result.response)
    assert "**Tea is made" not in text(result.response)


async def test_context_of_a_short_article_shows_all_of_it(
    world: World,
) -> None:
    result = await world.alice.click(await world.ask(QUESTION), label="More context")
    assert result.ephemeral
    assert quoted(result.response) == TEA.split("\n\n")
    assert "-# Paragraph 2 · quoted\n> **Black tea is fermented" in text(result.response)
    assert "Paragraphs 1–5 of 5" in text(result.response)


async def test_context_pages_reach_both_ends_of_the_article(world: World) -> None:
    long = "\n\n".join(
        f"Paragraph {n} is about {'lions' if n == 30 else 'tea'}. " * 9 for n in range(60)
    )
    world.fake_index.searcher = FakeSearcher("two", {"long.txt": (Metadata("Long"), long)})
    page = (
        await world.alice.click(await world.ask("Where are lions?"), label="More context")
    ).response
    seen = quoted(page)
    while "Later" in labels(page):
        page = (await world.alice.click(page, label="Later")).response or page
        seen += quoted(page)
    while "Earlier" in labels(page):
        page = (await world.alice.click(page, label="Earlier")).response or page
        seen += quoted(page)
    assert set(map(str.strip, long.split("\n\n"))) == set(map(str.strip, seen))


async def test_a_long_paragraph_is_shortened_and_shown_in_pages(world: World) -> None:
    long = " ".join(f"Sentence {n} is about {'lions' if n == 200 else 'tea'}." for n in range(400))
    world.fake_index.searcher = FakeSearcher("two", {"long.txt": (Metadata("Long"), long)})
    shown = await world.ask("Where are lions?")
    assert ENGLISH.shortened_quotes in text(shown)
    assert texts(shown)[2].startswith("> […] Sentence ")
    assert texts(shown)[2].endswith(". […]")
    page = (await world.alice.click(shown, label="More context")).response
    seen = quoted(page)
    assert "**Sentence 200 is about lions.**" in text(page)
    for label in ("Earlier", "Later"):
        page = (await world.alice.click(shown, label="More context")).response
        while label in labels(page):
            page = (await world.alice.click(page, label=label)).response or page
            seen += quoted(page)
    assert all(f"Sentence {n} is" in "".join(seen) for n in range(400))


async def test_pages_of_a_public_answer_are_shown_privately(
    world: World,
) -> None:
    shown = await world.ask(QUESTION)
    before = raw(shown)
    result = await world.bob.click(shown, label="Next passages")
    assert result.ephemeral
    assert re.findall(r"^\*\*(\d)\.\*\*", text(result.response), re.MULTILINE) == ["4", "5", "6"]
    assert raw(shown) == before


async def test_pages_of_a_private_answer_turn_in_place(world: World) -> None:
    shown = await world.ask(QUESTION, private=True)
    first = texts(shown)
    await world.alice.click(shown, label="Next passages")
    assert texts(shown) != first
    assert labels(shown)[-4:] == ["Previous passages", "Next passages", "Share", "Follow-up"]
    await world.alice.click(shown, label="Previous passages")
    assert texts(shown) == first


async def test_the_last_page_has_no_next_button(world: World) -> None:
    shown = await world.ask(QUESTION, source="tea.md", private=True)
    await world.alice.click(shown, label="Next passages")
    assert "Next passages" not in labels(shown)
    assert len(quoted(shown)) == 2


async def test_buttons_work_after_a_restart(world: World) -> None:
    shown = await world.ask(QUESTION)
    await world.restart()
    context = await world.bob.click(shown, label="More context")
    assert "Black tea" in text(context.response)
    following = await world.bob.click(shown, label="Next passages")
    assert quoted(following.response)
    await world.alice.click(shown, label="Delete")
    assert world.channel.last_message is None


async def test_buttons_of_a_deleted_answer_reply_that_it_is_gone(world: World) -> None:
    shown = await world.ask(QUESTION)
    file = file_of(world.store)
    file.unlink()
    file.with_name(file.name + "-wal").unlink(missing_ok=True)
    await world.restart()
    for label in ("More context", "Next passages"):
        result = await world.alice.click(shown, label=label)
        assert text(result.response) == ENGLISH.answer_expired


async def test_context_reports_a_changed_or_removed_article(world: World) -> None:
    shown = await world.ask(QUESTION)
    changed = TEA.replace("two to four", "three")
    world.fake_index.searcher = FakeSearcher("two", {"tea.md": (Metadata("Tea"), changed)})
    result = await world.alice.click(shown, label="More context")
    assert text(result.response) == ENGLISH.article_changed
    world.fake_index.searcher = FakeSearcher("three", {"other.md": (Metadata("Other"), TEA)})
    await world.ask(QUESTION)
    result = await world.alice.click(shown, label="More context")
    assert text(result.response) == ENGLISH.article_removed


async def test_context_finds_a_quote_that_moved_in_its_article(world: World) -> None:
    shown = await world.ask(QUESTION)
    moved = "A new beginning.\n\n" + TEA
    world.fake_index.searcher = FakeSearcher("two", {"tea.md": (Metadata("Tea"), moved)})
    result = await world.alice.click(shown, label="More context")
    assert (
        "-# Paragraph 3 · quoted\n> **Black tea is fermented for two to four hours.** It"
        in text(result.response)
    )


async def test_a_page_from_another_snapshot_is_marked(world: World) -> None:
    shown = await world.ask(QUESTION)
    world.fake_index.searcher = FakeSearcher("two")
    result = await world.alice.click(shown, label="Next passages")
    assert f"-# {ENGLISH.articles_updated}" in text(result.response)


async def test_the_asker_can_delete_the_answer(world: World) -> None:
    shown = await world.ask(QUESTION)
    await world.alice.click(shown, label="Delete")
    assert world.channel.last_message is None


async def test_other_members_cannot_delete_the_answer(world: World) -> None:
    result = await world.bob.click(await world.ask(QUESTION), label="Delete")
    assert result.ephemeral
    assert text(result.response) == ENGLISH.delete_not_allowed
    assert world.channel.last_message is not None


async def test_moderators_can_delete_the_answer(world: World) -> None:
    guild = world.env.guild
    role = guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
    carol = guild.add_member(world.env.create_user("carol"), roles=[role])
    await carol.click(await world.ask(QUESTION), label="Delete")
    assert world.channel.last_message is None


async def test_deleting_a_deleted_answer_sends_nothing(world: World) -> None:
    shown = await world.ask(QUESTION)
    world.env.inject_error(
        "DELETE", "/webhooks/*", status=404, code=10008, message="Unknown Message"
    )
    result = await world.alice.click(shown, label="Delete")
    assert not result.followups


async def test_hostile_text_is_escaped_and_pings_nobody(world: World) -> None:
    shown = await world.ask("Where are lions?" + HOSTILE[:60], source="hostile.txt")
    message = shown.message
    assert not message.mention_everyone
    assert not message.mentions
    assert quoted(shown)[0] == HOSTILE
    for line in texts(shown):
        text_and_code = CODE_BLOCK.split(re.sub("(?m)^> ", "", line))
        bare = re.sub(r"\\[^0-9A-Za-z\s]", "", "".join(text_and_code[::2]))
        assert "".join(text_and_code[1::2]) in {"", "```\nlions\n```"}
        assert not re.search(r"<[@#/t:a]|https?://|\|\||`|@", bare)
        assert "\u202e" not in bare


async def test_a_title_cannot_contain_a_link(world: World) -> None:
    shown = await world.ask("Where are lions?", source="hostile.txt")
    links = re.findall(r"(?<!\\)\]\(", text(shown))
    assert links == []


@pytest.mark.parametrize("count", [0, 1, 6, 7, 30])
async def test_sources_are_paged(world: World, count: int) -> None:
    articles = {f"t{n}.txt": (Metadata(f"Title {n}", "Press"), TEA) for n in range(count)}
    world.fake_index.searcher = FakeSearcher("two", articles)
    await world.ask("anything")
    page = (await world.alice.slash(world.channel, "sources")).response
    assert page.ephemeral
    seen = texts(page)[1:]
    while "Next page" in labels(page):
        page = (await world.alice.click(page, label="Next page")).response or page
        seen += texts(page)[1:]
    assert seen[:1] == (
        ["**Title 0**\n-# Press · 5 passages · t0.txt"] if count else [ENGLISH.no_articles]
    )
    assert len(seen) == max(count, 1)


async def test_sources_can_be_paged_back(world: World) -> None:
    articles = {f"t{n}.txt": (Metadata(f"Title {n}"), TEA) for n in range(13)}
    world.fake_index.searcher = FakeSearcher("two", articles)
    await world.ask("anything")
    page = (await world.alice.slash(world.channel, "sources")).response
    await world.alice.click(page, label="Next page")
    await world.alice.click(page, label="Previous page")
    assert "13 articles · page 1 of 3" in text(page)


async def test_uses_only_known_component_types(world: World) -> None:
    kinds = {each["type"] for each in walk(raw(await world.ask(QUESTION)))}
    assert kinds == {1, 2, 9, 10, 14, 17}


def violations(view: discord.ui.LayoutView) -> list[str]:
    components = view.to_components()  # type: ignore[no-untyped-call]
    return problems({"components": components})


@pytest.mark.parametrize("char", ["*", "\u202e", "😀", "a", " b", ". ", "\n-", "\ud800"])
@pytest.mark.parametrize("verdict", [Verdict.ANSWERED, Verdict.CLOSEST])
def test_the_longest_answer_with_all_buttons_fits(char: str, verdict: Verdict) -> None:
    body = (char * 9000)[:8999] + "x"
    metadata = Metadata(body, body, body, body, f"https://a.example/{'b' * 200}")
    quotes = tuple(
        Quote(Citation(n, body, metadata, n), Slice(0, 9000, body), Slice(0, 90, body[:90]), 0.5, n)
        for n in range(99_996, 100_001)
    )
    answer = Answer(body, verdict, quotes, (), "one", 0.1, has_more=True)
    question = Question(body, None, body, "2019", body)
    page = AnswerPage("x" * 12, question, answer, 5, 99_995, updated=True)
    frame = AnswerFrame(asker=2**63, share=True, by=ENGLISH.shared_by.format(f"<@{2**63}>"))
    assert violations(answer_view(page, ENGLISH, frame)) == []
    assert violations(answer_view(replace(page, skip=0), ENGLISH, frame)) == []


@given(
    st.lists(st.text(st.characters(), min_size=1, max_size=300), min_size=1, max_size=60),
    st.integers(1, 40),
    st.data(),
    st.integers(-5, 5),
)
@settings(max_examples=60, deadline=None)
def test_every_context_page_fits(
    paragraphs: list[str], times: int, data: st.DataObject, page: int
) -> None:
    passages = [Slice(0, len(each) * times, each * times) for each in paragraphs]
    quoted_passage = data.draw(st.sampled_from(passages))
    end = quoted_passage.end
    shown = StoredQuote(99_999, "a.txt", 0, end, 0, end, digest(quoted_passage.text))
    source = Source(
        "a.txt", Metadata(paragraphs[0] * times, url="https://a.example/" + "b" * 490), 1, ""
    )
    context_page = page_around_quote(source, passages, shown, page)
    assert context_page is not None
    assert violations(context_view("x" * 12, 99_999, context_page, ENGLISH)) == []


@given(st.text(st.characters(), min_size=1, max_size=300), st.integers(1, 30), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_every_page_of_sources_fits(text_part: str, times: int, page: int) -> None:
    long = text_part * times
    metadata = Metadata(long, long, long, long, f"https://a.example/{'b' * 180}")
    shown = SourcesPage((Source(long, metadata, 9999, ""),) * 6, page, 4, 24)
    assert violations(sources_view(shown, ENGLISH)) == []


@pytest.mark.parametrize("before", [None, "and tae?"])
def test_a_corrected_question_is_told(before: str | None) -> None:
    question = Question("what is tae", original_text=before)
    answer = Answer(*("what is tae", Verdict.NOTHING, (), (), "one", 0.1), corrected="what is tea")
    view = answer_view(AnswerPage("a" * 12, question, answer, 5), ENGLISH)
    shown = str(view.to_components())  # type: ignore[no-untyped-call]
    assert shown.count(ENGLISH.understood_as.format("what is tea")) == 1
    assert ENGLISH.understood_as.format("what is tae") not in shown


def test_a_part_without_an_answer_stands_below_the_quotes() -> None:
    text = "Tea is brown."
    quote = Quote(
        Citation(1, "a.txt", Metadata("A"), 1), Slice(0, 13, text), Slice(0, 13, text), 1, 1
    )
    parts = (
        AnsweredPart("what is tea", "what is tea", Verdict.ANSWERED),
        AnsweredPart("who sells it", "who sells it (tea)", Verdict.NOTHING),
    )
    quoted = (replace(quote, part=1),)
    answer = Answer("?", Verdict.ANSWERED, quoted, (), "one", 0.1, parts=parts)
    view = answer_view(AnswerPage("a" * 12, Question("?"), answer, 5), ENGLISH)
    body = {"components": view.to_components()}  # type: ignore[no-untyped-call]
    assert not problems(body)
    shown = [each["content"] for each in walk(body["components"]) if each["type"] == 10]
    assert shown[1:] == [
        "**what is tea**\n> **Tea is brown.**",
        "**1.** A\n-# paragraph 1 · a.txt",
        f"**who sells it**\n{ENGLISH.no_answer}",
    ]
