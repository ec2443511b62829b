"""Pseudonymize members: store a keyed hash of a member and an answer instead of a user id.

The HMAC key is created by the store. A pseudonym is the same for one member and one answer, and
unrelated across answers. Given a user id, that member's rows can be found again and deleted.
"""

import hmac
import secrets

from bot.storage.database import Store

_META_KEY = "people"
_PSEUDONYM_CHARS = 22  # 88 bits, so that two members of one answer never collide


class Pseudonyms:
    """Compute pseudonyms with the store's key, which is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key: bytes | None = None

    async def pseudonymize(self, member: int, answer_id: str) -> str:
        """Return the pseudonym of ``member`` for one answer."""
        key = self._key or await self._load_key()
        message = f"{answer_id}:{member}".encode()
        return hmac.new(key, message, "sha256").hexdigest()[:_PSEUDONYM_CHARS]

    async def _load_key(self) -> bytes:
        await self._store.execute(
            "INSERT OR IGNORE INTO meta VALUES (?, ?)", (_META_KEY, secrets.token_hex(32))
        )
        self._key = bytes.fromhex(await self._store.get_meta(_META_KEY) or "")
        return self._key
