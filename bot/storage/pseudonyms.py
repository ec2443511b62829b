"""Who somebody is, without keeping who they are: codes made of a member and one answer.

A code is an HMAC under a key that the store makes for itself. It says "the same member again" for
one answer and nothing across answers; a member's own id finds their codes again, to delete them.
"""

import hmac
import secrets

from bot.storage.database import Store

_KEY = "people"
_CODE_CHARACTERS = 22  # 88 bits: two members of an answer never share a code


class Pseudonyms:
    """Makes the codes. The key is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key: bytes | None = None

    async def code(self, member: int, answer: str) -> str:
        """The code of ``member`` for the kept answer ``answer``."""
        key = self._key or await self._read()
        return hmac.new(key, f"{answer}:{member}".encode(), "sha256").hexdigest()[:_CODE_CHARACTERS]

    async def _read(self) -> bytes:
        await self._store.write(
            "INSERT OR IGNORE INTO meta VALUES (?, ?)", (_KEY, secrets.token_hex(32))
        )
        self._key = bytes.fromhex(await self._store.note(_KEY) or "")
        return self._key
