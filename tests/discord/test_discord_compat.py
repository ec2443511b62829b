"""What is sent to Discord again, and what is not."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.ui.discord_compat import retry_after_429


def refused(status: int, **headers: str) -> discord.HTTPException:
    response: Any = SimpleNamespace(
        status=status, reason="", headers={name.replace("_", "-"): v for name, v in headers.items()}
    )
    return discord.HTTPException(response, "")


def sending(*outcomes: Exception | str) -> Any:
    left = list(outcomes)

    async def send() -> str:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return send


async def test_a_429_is_sent_again_after_the_pause_it_asks_for() -> None:
    began = time.monotonic()
    busy = refused(429, Retry_After="0.05")
    assert await retry_after_429(sending(busy, busy, "sent")) == "sent"
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize(
    "error",
    [
        refused(429),
        refused(429, Retry_After="3600"),
        refused(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
        refused(403, Retry_After="0"),
    ],
)
async def test_what_another_attempt_does_not_mend_is_not_sent_again(
    error: discord.HTTPException,
) -> None:
    with pytest.raises(discord.HTTPException) as raised:
        await asyncio.wait_for(retry_after_429(sending(error)), 1)
    assert raised.value is error


async def test_the_third_refusal_is_the_last() -> None:
    busy = refused(429, Retry_After="0")
    with pytest.raises(discord.HTTPException):
        await retry_after_429(sending(busy, busy, busy, "never"))
