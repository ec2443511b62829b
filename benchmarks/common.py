"""Helpers shared by several benchmarks."""

import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from index.embed.onnx import available_cpus
from index.searcher import Searcher

Result = TypeVar("Result")


def titled_passages(searcher: Searcher) -> list[str]:
    """Return every passage with its article's title in front, as the compared systems get it."""
    corpus = searcher.contents.corpus
    stored = map(corpus.passage, range(len(corpus)))
    return [f"{each.source.metadata.title}. {each.passage.text}" for each in stored]


def timed(run: Callable[[], Result]) -> tuple[Result, float]:
    """Call ``run``; return its result and the seconds it took."""
    started_at = time.perf_counter()
    return run(), time.perf_counter() - started_at


def format_percentiles(milliseconds: Sequence[float]) -> str:
    """Format the median and the 99th percentile."""
    median, p99 = np.percentile(milliseconds, [50, 99])
    return f"p50 {median:.1f} ms, p99 {p99:.1f} ms"


def describe_machine() -> dict[str, str | int]:
    """Describe the processor and the versions that figures were measured with."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return {
        "processor": next(names, platform.machine()),
        "processors": available_cpus(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def resident_megabytes(field: str = "VmRSS", process: int | str = "self") -> int:
    """Read a process's resident memory; the field ``VmHWM`` is its peak."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) // 1024
