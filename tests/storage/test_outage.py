"""Test a PostgreSQL store while it cannot be reached, and afterwards."""

import asyncio

import pytest

from bot.config.store_location import PostgresUrl
from bot.questions.question import Question
from bot.storage.errors import DatabaseError, StoreProblem
from bot.storage.pending_questions import PendingQuestion, PendingQuestions
from bot.storage.store import Store, StoredAnswer, new_id
from tests.support.cluster import outage


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.databases.postgres_connection._CONNECT_SECONDS", 0.5)
    monkeypatch.setattr("bot.storage.databases.postgres_connection._RETRY_SECONDS", 0.5)


async def test_a_store_is_opened_once_its_database_is_back(
    postgres: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.databases.postgres._TEMPORARY", ("not currently accepting",))
    store = Store(PostgresUrl(postgres))
    with outage(postgres, postgres_server):
        await store.open()
        with pytest.raises(DatabaseError) as caught:
            await store.set_meta("key", "value")
        assert caught.value.problem is StoreProblem.UNREACHABLE
    await asyncio.sleep(0.6)
    await store.set_meta("key", "value")
    assert await store.get_meta("key") == "value"
    await store.close()


async def test_questions_answered_in_an_outage_are_not_asked_again(
    postgres: str, postgres_server: str
) -> None:
    store = Store(PostgresUrl(postgres))
    await store.open()
    pending = PendingQuestions(store)
    async with pending.hold(PendingQuestion(1, 5, channel=9)):
        await pending.flush()
        with outage(postgres, postgres_server):
            async with pending.hold(PendingQuestion(2, 5, channel=9)):
                await pending.flush()
            await pending.flush()
    await asyncio.sleep(0.6)
    async with pending.hold(PendingQuestion(3, 5, channel=9)):
        pass
    await pending.flush()
    assert await store.fetch_all("SELECT id FROM in_hand") == []
    await store.close()


async def test_a_nul_or_a_lone_surrogate_is_saved_without_it(postgres: str) -> None:
    store = Store(PostgresUrl(postgres))
    await store.open()
    answer = StoredAnswer(new_id(), "one", Question("a\0b \ud800?"), ())
    await store.save_answer(answer)
    stored = await store.get_answer(answer.id)
    assert stored is not None
    assert stored.question.text == "ab ??"
    await store.close()
