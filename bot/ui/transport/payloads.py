"""Complete payloads that lack what discord.py demands, or say null where it expects nothing.

Discord leaves out what does not apply. Servers that speak its protocol may say null instead, and
leave out what Discord always sends.
"""

from collections.abc import Mapping
from typing import Any

Payload = dict[str, Any]

MAX_UPLOAD_BYTES = 10 * 1024 * 1024  # of all files in a bot's message
NOTHING: Payload = {}
_USER: Payload = {"username": "", "discriminator": "0", "avatar": None}
_MEMBER: Payload = {"roles": [], "flags": 0}
_MESSAGE: Payload = {
    "type": 0, "content": "", "attachments": [], "embeds": [], "mentions": [], "mention_roles": [],
    "mention_everyone": False, "pinned": False, "tts": False, "edited_timestamp": None,
    "components": [],
}  # fmt: skip
_SENT_MESSAGE = _MESSAGE | {"author": _USER | {"id": "0"}}
_INTERACTION: Payload = {"version": 1, "attachment_size_limit": MAX_UPLOAD_BYTES, "channel": {}}
_ROLE: Payload = {"name": "", "permissions": "0", "position": 0}
_THREAD_METADATA: Payload = {
    "archived": False, "auto_archive_duration": 1440, "archive_timestamp": None,
}  # fmt: skip
CHANNEL: Payload = {"type": 0, "name": "", "position": 0, "bitrate": 64_000, "user_limit": 0}
THREAD: Payload = {
    "type": 11, "name": "", "owner_id": "0", "message_count": 0, "member_count": 0,
    "thread_metadata": _THREAD_METADATA,
}  # fmt: skip

_DEFAULTS: dict[str, Payload] = {  # by the name of the field that holds such an object
    "author": _USER, "user": _USER, "member": _MEMBER, "thread": THREAD, "role": _ROLE,
    "thread_metadata": _THREAD_METADATA, "message": _MESSAGE, "referenced_message": _MESSAGE,
}  # fmt: skip
_DEFAULTS_OF_EACH: dict[str, Payload] = {  # of objects in a list, or by their ids
    "users": _USER, "mentions": _USER, "members": _MEMBER, "messages": _MESSAGE,
    "channels": CHANNEL, "roles": _ROLE, "threads": THREAD,
}  # fmt: skip
_IS_COMPONENTS_V2 = 1 << 15
_LAYOUT_COMPONENTS = frozenset(range(9, 18)) - {15, 16}  # Discord's numbers of their types
_MEANINGFUL_NULLS = frozenset({"referenced_message"})  # the message was deleted
_KEPT_AS_THEY_ARE = frozenset({"tags"})  # of a role: null says that it has a property
_DISPENSABLE = frozenset(
    """
    attachments embeds poll sticker_items member thread reactions interaction interaction_metadata
    application activity call role_subscription_data purchase_notification
    """.split()
)


def complete(data: Mapping[str, Any], defaults: Payload = NOTHING) -> Payload:
    """Return a copy without nulls, and with defaults for what is missing, at every depth."""
    return defaults | {
        name: value if name in _KEPT_AS_THEY_ARE else _complete_value(name, value)
        for name, value in data.items()
        if value is not None or name in _MEANINGFUL_NULLS
    }


def _complete_value(name: str, value: Any) -> Any:
    each = _DEFAULTS_OF_EACH.get(name, NOTHING)
    if isinstance(value, list):
        present = [item for item in value if item is not None]
        return [complete(item, each) if isinstance(item, dict) else item for item in present]
    if isinstance(value, dict) and each:
        return {key: complete(item, each) for key, item in value.items() if item is not None}
    return complete(value, _DEFAULTS.get(name, NOTHING)) if isinstance(value, dict) else value


def complete_message(data: Payload) -> Payload:
    """Return a message as Discord would send it. Raises LookupError if it has no author."""
    message = complete(data, _MESSAGE)
    if not _is_whole(message):
        raise LookupError("author")
    return _with_flags(_with_reference(message))


def _with_reference(message: Payload) -> Payload:
    """Complete what a message says of the one that it replies to, which is fetched if left out."""
    referenced = message.get("referenced_message")
    kept = {name: value for name, value in message.items() if name != "referenced_message"}
    here = {"channel_id": message.get("channel_id")}
    if (reference := message.get("message_reference")) is not None:
        kept["message_reference"] = here | reference
    if referenced is None and "referenced_message" in message:
        kept["referenced_message"] = None
    if referenced is not None and _is_whole(referenced):
        kept["referenced_message"] = _with_reference(here | referenced)
    return kept


def _with_flags(message: Payload) -> Payload:
    """Add the flag of a message with layout components if it has no flags."""
    is_layout = any(each.get("type") in _LAYOUT_COMPONENTS for each in message["components"])
    return {"flags": _IS_COMPONENTS_V2 if is_layout else 0} | message


def complete_interaction(data: Payload) -> Payload:
    """Return an interaction as Discord would send it, with its user in either of two places."""
    interaction = complete(data, _INTERACTION)
    if message := interaction.get("message"):
        interaction["message"] = _with_flags(_with_reference(message))
    member = interaction.get("member", _MEMBER)
    user = interaction.get("user") or member.get("user")
    return interaction | {"user": user, "member": member | {"user": user}}


def complete_response(data: Any) -> Any:
    """Return the data of a response, completed if it is a message or holds one."""
    if not isinstance(data, dict) or not data.keys() & {"channel_id", "resource"}:
        return data
    completed = complete(data, _SENT_MESSAGE if "channel_id" in data else NOTHING)
    completed.pop("member", None)  # Discord describes authors as members in events only
    return completed


def minimal_message(message: Payload) -> Payload:
    """Leave out what is not needed to answer a message, and of the one that it replies to."""
    kept = _MESSAGE | {name: message[name] for name in message.keys() - _DISPENSABLE}
    if kept.get("referenced_message") is not None:
        kept["referenced_message"] = minimal_message(kept["referenced_message"])
    return kept


def _is_whole(message: Payload) -> bool:
    return "id" in message and "id" in message.get("author", NOTHING)
