import pytest

from bot.services.rate_limit import RateLimited, RateLimiter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_second_question_must_wait_for_the_cooldown() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    limiter.acquire(1, 2, 5)
    clock.now += 1.5
    with pytest.raises(RateLimited, match="again in 4 seconds") as first:
        limiter.acquire(1, 2, 5)
    with pytest.raises(RateLimited) as second:
        limiter.acquire(1, 2, 5)
    assert (first.value.already_told, second.value.already_told) == (False, True)
    clock.now += 2.6
    with pytest.raises(RateLimited, match="again in 1 second\\."):
        limiter.acquire(1, 2, 5)
    clock.now += 1
    limiter.acquire(1, 2, 5)


def test_cooldowns_are_per_member_and_server() -> None:
    limiter = RateLimiter(Clock())
    for guild, member in ((1, 2), (1, 3), (2, 2), (None, 2)):
        limiter.acquire(guild, member, 5)


def test_a_cooldown_of_zero_allows_every_question() -> None:
    limiter = RateLimiter(Clock())
    for _ in range(3):
        limiter.acquire(1, 2, 0)


def test_a_refused_question_does_not_extend_the_cooldown() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    limiter.acquire(1, 2, 5)
    clock.now += 4
    with pytest.raises(RateLimited):
        limiter.acquire(1, 2, 5)
    clock.now += 1
    limiter.acquire(1, 2, 5)


def test_a_refund_ends_the_cooldown() -> None:
    limiter = RateLimiter(Clock())
    limiter.acquire(1, 2, 5)
    limiter.refund(1, 2)
    limiter.acquire(1, 2, 5)
    limiter.refund(1, 3)
