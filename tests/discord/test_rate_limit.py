import pytest

from bot.services.rate_limit import RateLimited, RateLimiter
from bot.text.messages import ENGLISH


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_second_question_has_to_wait_and_says_how_long() -> None:
    clock = Clock()
    cooldown = RateLimiter(clock)
    cooldown.take(1, 2, 5, ENGLISH)
    clock.now += 1.5
    with pytest.raises(RateLimited, match="again in 4 seconds") as first:
        cooldown.take(1, 2, 5, ENGLISH)
    with pytest.raises(RateLimited) as second:
        cooldown.take(1, 2, 5, ENGLISH)
    assert (first.value.again, second.value.again) == (False, True)
    clock.now += 2.6
    with pytest.raises(RateLimited, match="again in 1 second\\."):
        cooldown.take(1, 2, 5, ENGLISH)
    clock.now += 1
    cooldown.take(1, 2, 5, ENGLISH)


def test_each_member_of_each_server_waits_alone() -> None:
    cooldown = RateLimiter(Clock())
    for guild, member in ((1, 2), (1, 3), (2, 2), (None, 2)):
        cooldown.take(guild, member, 5, ENGLISH)


def test_no_cooldown_is_none() -> None:
    cooldown = RateLimiter(Clock())
    for _ in range(3):
        cooldown.take(1, 2, 0, ENGLISH)


def test_a_refused_question_does_not_lengthen_the_wait() -> None:
    clock = Clock()
    cooldown = RateLimiter(clock)
    cooldown.take(1, 2, 5, ENGLISH)
    clock.now += 4
    with pytest.raises(RateLimited):
        cooldown.take(1, 2, 5, ENGLISH)
    clock.now += 1
    cooldown.take(1, 2, 5, ENGLISH)


def test_a_question_that_was_not_taken_costs_no_wait() -> None:
    cooldown = RateLimiter(Clock())
    cooldown.take(1, 2, 5, ENGLISH)
    cooldown.forgive(1, 2)
    cooldown.take(1, 2, 5, ENGLISH)
    cooldown.forgive(1, 3)
