"""Valid files with a few of their bytes changed, for the tests of the readers."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument
from tests.support.format_files import check

few = settings(max_examples=60, deadline=5000, suppress_health_check=list(HealthCheck))


@st.composite
def mutated(draw: st.DrawFn, valid: bytes) -> bytes:
    """``valid`` with a piece replaced, doubled, or cut off."""
    start = draw(st.integers(0, len(valid)))
    end = draw(st.integers(start, min(len(valid), start + 40)))
    middle = draw(st.one_of(st.binary(max_size=20), st.just(valid[start:end] * 2), st.just(b"")))
    rest = valid[end:] if draw(st.booleans()) or len(middle) else b""
    return valid[:start] + middle + rest


def reads_or_refuses(read: Callable[[bytes], ParsedDocument], data: bytes) -> None:
    """Whatever the bytes are: a draft that keeps its promises, or a ReadError."""
    try:
        draft = read(data)
    except ReadError:
        return
    check(draft)
    assert read(data) == draft
