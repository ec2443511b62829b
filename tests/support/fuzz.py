"""Feed readers valid files with a few bytes changed."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument
from tests.support.format_files import assert_valid

few_examples = settings(max_examples=60, deadline=5000, suppress_health_check=list(HealthCheck))


@st.composite
def mutations(draw: st.DrawFn, valid: bytes) -> bytes:
    """Draw ``valid`` with one slice replaced, doubled or cut off."""
    start = draw(st.integers(0, len(valid)))
    end = draw(st.integers(start, min(len(valid), start + 40)))
    middle = draw(st.one_of(st.binary(max_size=20), st.just(valid[start:end] * 2), st.just(b"")))
    rest = valid[end:] if draw(st.booleans()) or len(middle) else b""
    return valid[:start] + middle + rest


def assert_parses_or_rejects(read: Callable[[bytes], ParsedDocument], data: bytes) -> None:
    """Check that ``read`` returns a valid document, the same each time, or raises ReadError."""
    try:
        document = read(data)
    except ReadError:
        return
    assert_valid(document)
    assert read(data) == document
