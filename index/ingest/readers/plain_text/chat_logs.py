"""Cut logs of chats, which have no blank lines, into passages: a question and what follows it."""

import re
from collections.abc import Iterator
from itertools import pairwise

from index.text.spans import Span, trim

_TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?"
_MESSAGE = re.compile(  # WhatsApp, Signal and Telegram, IRC
    rf"^(?:\[?\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}},? {_TIME}\]?(?: [-–])?|\[?{_TIME}\]?(?= ?<))"
    r" ?(?:<[^<>\n]{1,50}>|[^:\n]{1,50}:) ",
    re.MULTILINE | re.IGNORECASE,
)
_MIN_MESSAGES = 2
_MAX_RUN_CHARS = 600  # of messages that are one passage


def split_chat(text: str, span: Span) -> Iterator[Span]:
    """Yield the runs of messages in a paragraph of a log; other paragraphs as they are."""
    starts = [message.start() for message in _MESSAGE.finditer(text, *span)]
    if len(starts) < _MIN_MESSAGES:
        yield span
        return
    edges = [span[0], *(start for start in starts if start > span[0]), span[1]]
    run = (span[0], span[0])
    for message in (trim(text, *edge) for edge in pairwise(edges)):
        asks = text[message[0] : message[1]].endswith(("?", "？"))
        is_long = message[1] - run[0] > _MAX_RUN_CHARS
        if run[0] < run[1] and (asks or is_long):
            yield run
            run = message
        run = (run[0], message[1])
    yield run
