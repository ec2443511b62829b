"""What is counted for those who operate the bot; Prometheus reads it from ``bot.health``."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """Counters of one bot, and gauges that look when they are read."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.questions = Counter(
            "quoth_questions", "Questions answered, by verdict.", ["verdict"],
            registry=self._registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "quoth_question_seconds", "From a question to its quotes, the queue included.",
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._errors = Counter(
            "quoth_errors", "What is logged as an error.", registry=self._registry
        )
        self.rebuilds = Counter(
            "quoth_rebuilds", "Rebuilds started from Discord, by outcome.", ["outcome"],
            registry=self._registry,
        )  # fmt: skip

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Count the rebuild that is done inside: done, or failed."""
        try:
            yield
        except BaseException:
            self.rebuilds.labels("failed").inc()
            raise
        self.rebuilds.labels("done").inc()

    def count_errors(self) -> None:
        """Count whatever this process logs as an error from now on."""
        logging.root.addHandler(_Counting(self._errors))

    def watch(self, name: str, explained: str, look: Callable[[], float]) -> None:
        """A gauge ``name`` that calls ``look`` when it is read."""
        Gauge(name, explained, registry=self._registry).set_function(look)

    def text(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)


class _Counting(logging.Handler):
    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.ERROR)
        self._counter = counter

    def emit(self, _: logging.LogRecord) -> None:
        self._counter.inc()
