"""Prometheus metrics of a running bot; ``bot.app.health`` serves them at ``/metrics``."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_BUCKET_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """Counters, histograms and gauges of one bot, in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.questions = Counter(
            "quoth_questions", "Questions answered, by verdict.", ["verdict"], registry=registry
        )
        self.seconds = Histogram(
            "quoth_question_seconds", "Time from a question to its answer, queueing included.",
            buckets=_BUCKET_SECONDS, registry=registry,
        )  # fmt: skip
        self.rebuilds = Counter(
            "quoth_rebuilds", "Rebuilds started from Discord, by outcome.", ["outcome"],
            registry=registry,
        )  # fmt: skip
        self._errors = Counter("quoth_errors", "Log records at ERROR or above.", registry=registry)

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Count the rebuild that runs inside as done or failed."""
        try:
            yield
        except BaseException:
            self.rebuilds.labels("failed").inc()
            raise
        self.rebuilds.labels("done").inc()

    def count_errors(self) -> None:
        """Count every error that this process logs from now on."""
        logging.root.addHandler(_ErrorCounter(self._errors))

    def add_gauge(self, name: str, description: str, read: Callable[[], float]) -> None:
        """Register a gauge that calls ``read`` whenever the metrics are collected."""
        Gauge(name, description, registry=self._registry).set_function(read)

    def add_shards(self, read: Callable[[], Mapping[int, bool]]) -> None:
        """Register a gauge with the number of each shard, 1 while it is connected."""
        self._registry.register(_ShardCollector(read))

    def render(self) -> bytes:
        """Render all metrics in Prometheus's text format."""
        return generate_latest(self._registry)


class _ShardCollector(Collector):
    """Collects the gauge of shards; which ones there are is known after the login."""

    def __init__(self, read: Callable[[], Mapping[int, bool]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily(
            "quoth_shard_up", "1 while the shard is connected to Discord.", labels=["shard"]
        )
        for shard, connected in sorted(self._read().items()):
            gauge.add_metric([str(shard)], float(connected))
        yield gauge


class _ErrorCounter(logging.Handler):
    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.ERROR)
        self._counter = counter

    def emit(self, _: logging.LogRecord) -> None:
        self._counter.inc()
