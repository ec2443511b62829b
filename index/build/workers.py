"""Build passages here, or on the machines of a Ray cluster."""

import logging
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from index.build.passage_rows import ArticleToBuild, BuiltBatch, Vectors, build_articles
from index.embed.encoder import Encoder
from index.errors import BuildFailed

_AHEAD_OF_EACH = 2  # batches of a Ray worker, so that it does not wait for the next
_FEATURE = "quoth[ray]"
_REACH_SECONDS = 10.0
_HERE = "local"  # rather than the cluster that was last started on this machine, or its remains
_RAY_ATTEMPTS = "RAY_gcs_server_port_wait_time_s"  # of half a minute each; by default 20


class Workers(Protocol):
    """Builds batches of articles; ``ahead`` of them may be unfinished at once."""

    ahead: int
    engine: str

    def submit(self, batch: Sequence[ArticleToBuild], known: Vectors) -> Any:
        """Begin to build a batch."""

    def result(self, task: Any) -> BuiltBatch:
        """Wait for a batch. Raises BuildFailed."""


class LocalWorker(AbstractContextManager["LocalWorker"]):
    """Builds in this process, with one encoder on all cores."""

    ahead = 0

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.engine = encoder.engine

    def submit(self, batch: Sequence[ArticleToBuild], known: Vectors) -> Any:
        """Build a batch."""
        return build_articles(batch, self._encoder, known)

    def result(self, task: BuiltBatch) -> BuiltBatch:
        """Return the batch that was built."""
        return task

    def __exit__(self, *_: object) -> None: ...


class _RayWorkers:
    """Builds on actors of a Ray cluster, each with an encoder of its own."""

    def __init__(self, ray: Any, actors: Sequence[Any]) -> None:
        self._ray = ray
        self._actors = actors
        self._next = 0
        self.ahead = _AHEAD_OF_EACH * len(actors)
        self.engine = f"Ray, {len(actors)} workers"

    def submit(self, batch: Sequence[ArticleToBuild], known: Vectors) -> Any:
        """Send a batch to the next actor."""
        actor = self._actors[self._next % len(self._actors)]
        self._next += 1
        return actor.build.remote(list(batch), dict(known))

    def result(self, task: Any) -> BuiltBatch:
        """Wait for a batch, which another machine may build again if one has died."""
        try:
            built: BuiltBatch = self._ray.get(task)
        except self._ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1]
            raise BuildFailed(
                f"Ray could not build a batch ({reason}); what was built is stored, so run "
                "`quoth build` again"
            ) from error
        return built


@contextmanager
def ray_workers(encoder: Path) -> Iterator[Workers]:
    """Start a worker for every CPU of a Ray cluster; ``encoder`` is a folder to send to each.

    RAY_ADDRESS names the cluster; without it, Ray starts on this machine. Raises BuildFailed.
    """
    try:
        import ray  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise BuildFailed(f"Ray is not installed; run `pip install '{_FEATURE}'`") from error
    started = not ray.is_initialized()
    if started:
        _start(ray)
    try:
        files = ray.put(
            {
                str(path.relative_to(encoder)): path.read_bytes()
                for path in encoder.rglob("*")
                if path.is_file()
            }
        )
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        count = max(1, int(resources.get("CPU", 1)))
        actor = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=3)(_RemoteBuilder)
        yield _RayWorkers(ray, [actor.remote(files) for _ in range(count)])
    finally:
        if started:
            ray.shutdown()


def _start(ray: Any) -> None:
    """Connect to the cluster, or start Ray here. Raises BuildFailed."""
    logging.getLogger("ray").setLevel(logging.ERROR)  # it warns of what is meant so
    try:
        address = os.environ.get("RAY_ADDRESS", _HERE)
        if address != _HERE:
            _reach(address)
            os.environ.setdefault(_RAY_ATTEMPTS, "1")
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise BuildFailed(
            f"Ray cannot be reached ({str(error).splitlines()[0]}); check RAY_ADDRESS"
        ) from error


def _reach(address: str) -> None:
    """Connect to the port that an address names, as Ray itself notices late. Raises OSError."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _REACH_SECONDS).close()


class _RemoteBuilder:
    """An actor: opens its encoder and builds batches with it."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        import tempfile  # noqa: PLC0415 - runs on another machine

        from index.store.contents import open_encoder  # noqa: PLC0415 - runs on another machine

        with tempfile.TemporaryDirectory(prefix="quoth-") as folder:
            for name, content in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            self._encoder = open_encoder(Path(folder))

    def build(self, batch: Sequence[ArticleToBuild], known: Vectors) -> BuiltBatch:
        """Build a batch."""
        return build_articles(batch, self._encoder, known)
