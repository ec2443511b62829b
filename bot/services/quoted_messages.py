"""Make articles of messages, each in the private collection of its server.

A message is anonymous until its author agrees to be named. What its author withdraws, or anybody
deletes in Discord, is not quoted from that moment; ``sweep`` then deletes the file and rebuilds the
index, also after a restart.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date

from bot.services.answers import AnswerService
from bot.services.coordination import WITHDRAWN_CHANNEL, Turn
from bot.services.curation import Curation
from bot.services.rebuild import RebuildFailed, RebuildStopped
from bot.storage import quoted_messages as storage
from bot.storage.quoted_messages import QuotedMessage, Removal, quoted_message_path
from index.caching import NewestEntries
from index.filters import private_collection
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.metadata.front_matter import format_front_matter, parse_front_matter
from index.ingest.parsing.normalize import printable_line
from index.ingest.seeds import SeedExists, SeedNotFound, SeedRefused

log = logging.getLogger(__name__)

_MAX_PENDING = 200  # messages whose form is open
_MAX_TO_LOOK_UP = 200  # messages after a reconnection
_RETRY_SECONDS = 600.0  # after a rebuild that failed


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message that a curator wants to quote.

    ``author`` is the id of its author, or of the member who forwarded it; ``credited`` says whether
    that member wrote it and can be named. ``quoted_at`` is when Discord handed the text over, and
    ``edited_at`` its last edit before, 0 for none; both are Unix times by Discord's clock.
    """

    guild: int
    channel: int
    message: int
    text: str
    written: date
    publisher: str
    author: int
    credited: bool
    quoted_at: float
    edited_at: float = 0.0

    @property
    def quoted(self) -> QuotedMessage:
        """The message as an article."""
        return QuotedMessage(
            path=quoted_message_path(self.guild, self.message),
            guild=self.guild,
            channel=self.channel,
            message=self.message,
            credited=self.credited,
            quoted_at=int(self.quoted_at),
        )


class AlreadyQuoted(SeedRefused):
    """The message is an article already."""


class Withdrawn(SeedRefused):
    """The author of the message withdrew it."""


class QuotedMessages:
    """The messages that are articles."""

    def __init__(self, answers: AnswerService, curation: Curation) -> None:
        self._answers = answers
        self._curation = curation
        self._store = answers.store
        self._pending = NewestEntries[int, PendingMessage](_MAX_PENDING)
        self._paths: frozenset[str] = frozenset()  # of messages that were not withdrawn
        self._reported_edits: set[str] = set()  # paths
        self._to_look_up: list[QuotedMessage] = []  # they may have been deleted while disconnected
        self._sweep_lock = asyncio.Lock()
        self._index_outdated = False  # an article was changed
        self._removals_pending = False  # of withdrawn messages
        self._retry_at = 0.0
        self.clock: Callable[[], float] = time.monotonic

    async def load_withdrawn(self) -> None:
        """Stop quoting the messages that were withdrawn."""
        self._paths = frozenset(
            each.path for each in await storage.all_quoted_messages(self._store)
        )
        withdrawn = await storage.withdrawn_paths(self._store)
        self._removals_pending = any(state is not Removal.REBUILT for state in withdrawn.values())
        self._answers.guilds.withdrawn = frozenset(withdrawn)

    def open_form(self, pending: PendingMessage) -> None:
        """Keep a message until the curator submits the form: Discord shows its text only once."""
        self._pending[pending.message] = pending

    def pending(self, message: int, guild: int) -> PendingMessage | None:
        """Return a message whose form was opened, or None after a restart."""
        found = self._pending.get(message)
        return found if found is not None and found.guild == guild else None

    async def withdraw_deleted(self, guild: int, messages: Collection[int]) -> None:
        """Withdraw those of some deleted messages that are articles, or about to be."""
        for message in self._pending.keys() & set(messages):
            del self._pending[message]
        paths = {quoted_message_path(guild, message) for message in messages} & self._paths
        for path in sorted(paths):
            await storage.withdraw(self._store, path)
        if paths:
            await self.load_withdrawn()

    async def queue_lookups(self) -> None:
        """Queue the newest messages to be looked up: some may have been deleted meanwhile."""
        self._to_look_up = (await storage.all_quoted_messages(self._store))[:_MAX_TO_LOOK_UP]

    def next_lookups(self, count: int) -> list[QuotedMessage]:
        """Take some messages off the queue of those to look up."""
        taken, self._to_look_up = self._to_look_up[:count], self._to_look_up[count:]
        return taken

    async def newly_edited(self, guild: int, message: int, at: float) -> QuotedMessage | None:
        """Return a message, once, if it was edited after it became an article."""
        path = quoted_message_path(guild, message)
        if path not in self._paths - self._reported_edits:
            return None
        quoted = await storage.get_quoted_message(self._store, path)
        if quoted is None or at <= quoted.quoted_at:
            return None
        self._reported_edits.add(path)
        return quoted

    async def save(self, pending: PendingMessage, title: str) -> QuotedMessage:
        """Save the message as an anonymous article, which the next build reads.

        A message that was edited since replaces its article, without a name.
        Raises AlreadyQuoted, Withdrawn, SeedRefused.
        """
        quoted = pending.quoted
        if quoted.path in self._answers.guilds.withdrawn:
            raise Withdrawn(quoted.path)
        content = _article(pending, title)
        # The row comes first, so that the author can withdraw whatever is in the file.
        known = await storage.get_quoted_message(self._store, quoted.path)
        if known is None:
            if not await storage.add_quoted_message(self._store, quoted, pending.author):
                raise Withdrawn(quoted.path)  # in this moment, or through another process
            self._paths |= {quoted.path}
        await self._add_file(pending, content, known)
        self._pending.pop(pending.message, None)
        if known is not None:  # the text is new, or a curator had removed the article
            await storage.add_quoted_message(self._store, quoted, pending.author)
            self._reported_edits.discard(quoted.path)
        return quoted

    async def _add_file(
        self, pending: PendingMessage, content: bytes, known: QuotedMessage | None
    ) -> None:
        """Save the file of a message; without one, a message that was not known is forgotten."""
        path, folder = pending.quoted.path, private_collection(pending.guild)
        is_newer = known is not None and pending.edited_at > known.quoted_at
        try:
            await self._curation.add(folder, f"{pending.message}.md", content, overwrite=is_newer)
        except SeedExists as error:
            raise AlreadyQuoted(path) from error
        except SeedRefused:
            if known is None:
                self._paths -= {path}
                await storage.forget_quoted_message(self._store, path)
            raise

    async def of_author(self, path: str, member: int) -> QuotedMessage | None:
        """Return a message that was not withdrawn, if this member is its author."""
        quoted = await storage.get_quoted_message(self._store, path)
        is_author = await storage.is_author(self._store, path, member)
        return quoted if is_author else None

    async def all_of_author(self, member: int) -> list[QuotedMessage]:
        """Return a member's messages that were not withdrawn, newest first."""
        return await storage.messages_of(self._store, member)

    async def set_name(self, quoted: QuotedMessage, name: str | None) -> QuotedMessage:
        """Show the author's name in the article, or nobody's for None. Raises SeedRefused."""
        files = await self._curation.files(quoted.path)
        text = files[0][1].decode("utf-8")
        front_matter = parse_front_matter(text)
        metadata = replace(front_matter.metadata, author=printable_line(name or "") or None)
        content = _render(metadata, text[front_matter.body :])
        folder, _, file_name = quoted.path.partition("/")
        await self._curation.add(folder, file_name, content, overwrite=True)
        await storage.set_named(self._store, quoted.path, named=name is not None)
        self._index_outdated = True
        return replace(quoted, named=name is not None)

    async def withdraw(self, quoted: QuotedMessage) -> None:
        """Stop quoting a message at once; ``sweep`` deletes it."""
        await storage.withdraw(self._store, quoted.path)
        await self.announce_withdrawn()

    async def announce_withdrawn(self) -> None:
        """Stop quoting the messages that were withdrawn, here and in other processes."""
        await self.load_withdrawn()
        await self._store.notify(WITHDRAWN_CHANNEL)

    async def sweep(self) -> None:
        """Delete the files of withdrawn messages, and rebuild the index if it is out of date."""
        is_due = (self._index_outdated or self._removals_pending) and self.clock() >= self._retry_at
        if self._sweep_lock.locked() or not is_due:
            return
        turn = self._answers.coordination.turn(Turn.DELETE_WITHDRAWN)
        async with self._sweep_lock, turn:
            for path in await self._in_state(Removal.PENDING):
                await self._delete_file(path)
            removed = await self._in_state(Removal.FILE_DELETED)
            outdated = self._index_outdated or await self._any_indexed(removed)
            if outdated and not await self._rebuild():
                return
            await storage.set_removal(self._store, removed, Removal.REBUILT)
            await self.load_withdrawn()

    async def _in_state(self, state: Removal) -> list[str]:
        paths = await storage.withdrawn_paths(self._store)
        return [path for path, removal in paths.items() if removal is state]

    async def _delete_file(self, path: str) -> None:
        try:
            await self._curation.remove(path)
        except SeedNotFound:
            log.info("the file of a withdrawn message is already gone")
        except SeedRefused as error:
            log.error("cannot delete a withdrawn message: %s", error)
            self._retry_at = self.clock() + _RETRY_SECONDS
            return
        await storage.set_removal(self._store, [path], Removal.FILE_DELETED)

    async def _rebuild(self) -> bool:
        """Rebuild; False if that failed and has to be tried again later."""
        self._index_outdated = False
        try:
            await self._curation.rebuild_quietly()
        except (RebuildFailed, RebuildStopped) as error:
            log.error("cannot rebuild the index without withdrawn messages: %s", error)
            self._index_outdated, self._retry_at = True, self.clock() + _RETRY_SECONDS
            return False
        return True

    async def _any_indexed(self, paths: list[str]) -> bool:
        return await self._answers.pool.run(
            lambda searcher: any(searcher.opened.source(path) is not None for path in paths)
        )


def _article(pending: PendingMessage, title: str) -> bytes:
    """Write an anonymous article of a message."""
    metadata = ParsedMetadata(
        title=printable_line(title),
        publisher=printable_line(pending.publisher),
        published=pending.written.isoformat(),
        url=pending.quoted.jump_url,
    )
    return _render(metadata, pending.text)


def _render(metadata: ParsedMetadata, text: str) -> bytes:
    return f"{format_front_matter(metadata)}\n{text.strip()}\n".encode("utf-8", "replace")
