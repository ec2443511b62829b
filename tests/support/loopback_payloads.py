"""Payloads of the loopback Discord: users, channels, messages, interactions."""

import itertools
import time
from typing import Any

BOT, GUILD, CHANNEL, OWNER = 1_000, 2_000, 3_000, 4_000
LOADING, EPHEMERAL, IS_COMPONENTS_V2 = 1 << 7, 1 << 6, 1 << 15  # message flags
APPLICATION_COMMAND, COMPONENT, AUTOCOMPLETE = 2, 3, 4  # types of interactions
_ALL_PERMISSIONS = str(0x7FFF_FFFF_FFFF)
_EPOCH_MILLISECONDS = 1_420_070_400_000

Json = dict[str, Any]

_counter = itertools.count()
_MEMBER: Json = {
    "roles": [], "nick": None, "avatar": None, "joined_at": "2024-01-01T00:00:00+00:00",
    "premium_since": None, "deaf": False, "mute": False, "pending": False, "flags": 0,
}  # fmt: skip


def new_id() -> str:
    """Return an id of Discord's, which tells the current time."""
    milliseconds = int(time.time() * 1000) - _EPOCH_MILLISECONDS
    return str((milliseconds << 22) + next(_counter) % (1 << 22))


def user(number: int | str) -> Json:
    """Return a user, the bot's own if it has its number."""
    return {
        "id": str(number), "username": f"user{number}", "discriminator": "0", "avatar": None,
        "global_name": None, "bot": str(number) == str(BOT),
    }  # fmt: skip


def guild_of(channel_id: int | str) -> str:
    """Return the id of a channel's server; the numbers of both tell the shard."""
    return str(GUILD + (int(channel_id) >> 22 << 22))


def channel(number: int | str) -> Json:
    """Return a text channel of its server."""
    return {
        "id": str(number), "type": 0, "name": "ask", "guild_id": guild_of(number), "position": 0,
        "permission_overwrites": [], "nsfw": False, "parent_id": None, "topic": None,
        "last_message_id": None, "rate_limit_per_user": 0, "flags": 0,
        "permissions": _ALL_PERMISSIONS,
    }  # fmt: skip


def direct_channel(number: str, recipient: str) -> Json:
    """Return the channel of direct messages to a user."""
    return {
        "id": number, "type": 1, "last_message_id": None, "flags": 0,
        "recipients": [user(recipient)],
    }  # fmt: skip


def guild(channel_count: int, shard: int = 0) -> Json:
    """Return the server of a shard with so many channels."""
    first_channel = CHANNEL + (shard << 22)
    number = guild_of(first_channel)
    everyone = {
        "id": number, "name": "@everyone", "color": 0, "hoist": False, "position": 0,
        "permissions": _ALL_PERMISSIONS, "managed": False, "mentionable": False, "flags": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
    }  # fmt: skip
    return {
        "id": number, "name": "Loopback", "owner_id": str(OWNER), "roles": [everyone],
        "emojis": [], "stickers": [], "features": [],
        "channels": [channel(first_channel + each) for each in range(channel_count)], "threads": [],
        "members": [_MEMBER | {"user": user(BOT)}], "member_count": 1, "voice_states": [],
        "presences": [], "stage_instances": [], "guild_scheduled_events": [],
        "verification_level": 0, "explicit_content_filter": 0, "mfa_level": 0, "nsfw_level": 0,
        "default_message_notifications": 0, "system_channel_flags": 0, "premium_tier": 0,
        "preferred_locale": "en-US", "afk_timeout": 60, "large": False, "unavailable": False,
        "premium_progress_bar_enabled": False,
    }  # fmt: skip


def message(channel_id: str, author: int | str, body: Json, flags: int = 0) -> Json:
    """Return a new message with the content or the components of ``body``."""
    reference = body.get("message_reference")
    return {
        "id": new_id(), "channel_id": channel_id, "author": user(author),
        "content": body.get("content") or "", "components": body.get("components") or [],
        "timestamp": "2024-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False,
        "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
        "embeds": [], "pinned": False, "flags": flags | int(body.get("flags") or 0),
        "type": 19 if reference else 0, "nonce": body.get("nonce"),
        **({"message_reference": reference} if reference else {}),
    }  # fmt: skip


def mention(channel_id: str, member: int, text: str, reply_to: str | None = None) -> Json:
    """Return the event of a message that mentions the bot, as a reply if ``reply_to`` is an id."""
    body: Json = {"content": f"<@{BOT}> {text}"}
    if reply_to is not None:
        body["message_reference"] = {"message_id": reply_to, "channel_id": channel_id}
    created = message(channel_id, member, body)
    return created | {"guild_id": guild_of(channel_id), "mentions": [user(BOT)], "member": _MEMBER}


def interaction(channel_id: str, member: int, kind: int, data: Json) -> Json:
    """Return the event of a command or a press of a button."""
    number = new_id()
    return {
        "id": number, "application_id": str(BOT), "type": kind, "token": f"token-{number}",
        "version": 1, "guild_id": guild_of(channel_id), "channel_id": channel_id,
        "channel": channel(channel_id),
        "member": _MEMBER | {"user": user(member), "permissions": _ALL_PERMISSIONS},
        "app_permissions": _ALL_PERMISSIONS, "locale": "en-US", "guild_locale": "en-US",
        "entitlements": [], "attachment_size_limit": 10_485_760,
        "authorizing_integration_owners": {}, "context": 0, "data": data,
    }  # fmt: skip


def ask_command(text: str, *, private: bool = False) -> Json:
    """Return the data of ``/ask question:text``."""
    options: list[Json] = [{"type": 3, "name": "question", "value": text}]
    options += [{"type": 5, "name": "private", "value": True}] if private else []
    return {"id": "5000", "type": 1, "name": "ask", "options": options}


APPLICATION: Json = {
    "id": str(BOT), "name": "Quoth", "icon": None, "description": "", "bot_public": True,
    "bot_require_code_grant": False, "verify_key": "", "flags": 0, "team": None,
    "owner": user(OWNER), "rpc_origins": [],
}  # fmt: skip
