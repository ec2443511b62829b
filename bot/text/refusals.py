"""Translate the reasons for which files are refused; in English they are shown in full."""

import re
from collections.abc import Callable

from bot.text.curator_messages import CuratorMessages

# The first pattern found in an English reason decides; its groups are filled in.
_TRANSLATIONS: tuple[tuple[str, Callable[[CuratorMessages], str]], ...] = (
    (r"answered (\d+)", lambda messages: messages.reason_http_status),
    (r"a private address", lambda messages: messages.reason_private_address),
    (r"robots\.txt", lambda messages: messages.reason_robots),
    (r"took too long", lambda messages: messages.reason_slow_server),
    (r"cannot be reached", lambda messages: messages.reason_unreachable),
    (r"^(\S+) was (?:made|edited)", lambda messages: messages.reason_made_by_hand),
    (r"expected an http", lambda messages: messages.reason_no_link),
    (r"not supported; save it as (\S+)", lambda messages: messages.reason_save_as),
    (r"supported are (.+)", lambda messages: messages.reason_unsupported),
    (r"encrypt|password|copy-protected", lambda messages: messages.reason_protected),
    (r"only images|glyphs|OCR", lambda messages: messages.reason_scanned),
    (r"is empty|no paragraphs|only white space", lambda messages: messages.reason_empty),
    (r"front matter", lambda messages: messages.reason_metadata),
    (r"unprintable", lambda messages: messages.reason_unprintable_name),
    (r"^(.+) (?:has the slug|is the same file)", lambda messages: messages.reason_duplicate),
    (r"the limits? |split the|takes over", lambda messages: messages.reason_too_much),
    (r"UTF|binary|NUL|as text", lambda messages: messages.reason_not_text),
    (r"No space left|quota", lambda messages: messages.reason_disk_full),
    (
        r"cannot be read as|zip|archive|%PDF|XML|rootfile|no elements|attributes",
        lambda messages: messages.reason_damaged,
    ),
    (r"cannot be|symbolic link|regular file", lambda messages: messages.reason_inaccessible),
)


_COMMAND_LINE_HINT = re.compile(r"; (?:pass|use) --.*")


def translate_reason(reason: str, messages: CuratorMessages) -> str:
    """Return the reason in the curator's language, or in English if it is not known."""
    reason = _COMMAND_LINE_HINT.sub("", reason)
    if messages.is_english:
        return reason
    for pattern, translation in _TRANSLATIONS:
        if match := re.search(pattern, reason):
            return translation(messages).format(*match.groups())
    return reason
