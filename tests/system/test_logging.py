import asyncio
import contextvars
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.config import logging as logs

log = logging.getLogger("bot.somewhere")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_a_pipe_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("INFO")
    log.info("%d quotes", 3)
    log.debug("no question above this")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert told.pop("time").endswith("+00:00")
    assert told == {"level": "INFO", "logger": "bot.somewhere", "message": "3 quotes"}


def test_people_get_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("INFO", "human")
    with logs.request_id_scope() as way:
        log.warning("it rains")
    assert capsys.readouterr().err.endswith(f" WARNING bot.somewhere: [{way}] it rains\n")


def test_an_error_is_one_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("INFO", "json")
    log.error("broken", exc_info=ValueError("no such thing"))
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: no such thing" in json.loads(line)["error"]


def test_the_id_goes_with_the_question_into_workers_and_no_further(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure_logging("INFO", "json")

    async def asked(name: str, pool: ThreadPoolExecutor) -> str:
        with logs.request_id_scope() as way:
            context = contextvars.copy_context()
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(pool, context.run, log.info, name)
            assert logs.request_id() == way
        return way

    async def main() -> list[str]:
        with ThreadPoolExecutor(1) as pool:
            return await asyncio.gather(*(asked(name, pool) for name in ("one", "two")))

    first, second = asyncio.run(main())
    log.info("after")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    ways = {one["message"]: one.get("id") for one in told if one["logger"] == "bot.somewhere"}
    assert ways == {"one": first, "two": second, "after": None}
    assert first != second
