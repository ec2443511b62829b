"""Which articles may answer: one of them, those of a collection, a publisher or a time."""

from dataclasses import dataclass

from index.types import Source


@dataclass(frozen=True, slots=True)
class Scope:
    """What an article must be to be quoted; what is not given does not matter.

    ``source`` is the path of the only article, ``without`` of one that is left out;
    ``collections`` are top folders inside seeds, ``closed`` those that are left out; ``since`` and
    ``until`` are ISO dates, and an article without a date is in neither.
    """

    source: str | None = None
    without: str | None = None
    collections: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    publisher: str | None = None
    since: str | None = None
    until: str | None = None

    def allows(self, source: Source) -> bool:
        """Whether this article may be quoted."""
        return (
            (self.source is None or source.path == self.source)
            and source.path != self.without
            and (not self.collections or collection(source.path) in self.collections)
            and collection(source.path) not in self.closed
            and (self.publisher is None or _same(source.metadata.publisher, self.publisher))
            and self._dated(source.metadata.published)
        )

    def _dated(self, published: str | None) -> bool:
        if self.since is None and self.until is None:
            return True
        if published is None:
            return False
        until = self.until or published
        return (self.since or "") <= published and published[: len(until)] <= until


EVERYTHING = Scope()


def collection(path: str) -> str | None:
    """The top folder of an article inside seeds; None when it lies in seeds itself."""
    folder, slash, _ = path.partition("/")
    return folder if slash else None


def _same(found: str | None, wanted: str) -> bool:
    return found is not None and found.casefold() == wanted.casefold()
