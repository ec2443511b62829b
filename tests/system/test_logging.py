import asyncio
import contextvars
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.config.logging import configure_logging, request_id_scope
from bot.config.logging import request_id as current_request_id

log = logging.getLogger("bot.somewhere")


@pytest.fixture(autouse=True)
def _restore_root_logger() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_piped_logs_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    log.info("%d quotes", 3)
    log.debug("no question above this")
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert record.pop("time").endswith("+00:00")
    assert record == {"level": "INFO", "logger": "bot.somewhere", "message": "3 quotes"}


def test_human_style_logs_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "human")
    with request_id_scope() as request_id:
        log.warning("it rains")
    assert capsys.readouterr().err.endswith(f" WARNING bot.somewhere: [{request_id}] it rains\n")


def test_json_error_contains_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    log.error("broken", exc_info=ValueError("no such thing"))
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: no such thing" in json.loads(line)["error"]


def test_request_id_follows_a_question_into_workers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", "json")

    async def handle_request(name: str, pool: ThreadPoolExecutor) -> str:
        with request_id_scope() as request_id:
            context = contextvars.copy_context()
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(pool, context.run, log.info, name)
            assert current_request_id() == request_id
        return request_id

    async def main() -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            return await asyncio.gather(*(handle_request(name, pool) for name in ("one", "two")))

    first, second = asyncio.run(main())
    log.info("after")
    records = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    request_ids = {
        record["message"]: record.get("id")
        for record in records
        if record["logger"] == "bot.somewhere"
    }
    assert request_ids == {"one": first, "two": second, "after": None}
    assert first != second
