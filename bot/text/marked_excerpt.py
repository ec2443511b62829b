"""The excerpt of a text that is shown, with the part of it that is highlighted."""

from dataclasses import dataclass
from typing import Self

from index.text.spans import Span


@dataclass(frozen=True, slots=True)
class MarkedExcerpt:
    """The excerpt ``text[start:end]``, with ``text[mark_start:mark_end]`` highlighted.

    ``mark`` may reach beyond the excerpt; an empty one highlights nothing.
    """

    text: str
    span: Span
    mark: Span = (0, 0)

    @classmethod
    def whole(cls, text: str, mark: Span = (0, 0)) -> Self:
        """Return all of ``text`` as an excerpt."""
        return cls(text, (0, len(text)), mark)

    @property
    def source(self) -> str:
        """The excerpt without what is before and after it."""
        return self.text[slice(*self.span)]

    @property
    def omits_before(self) -> bool:
        """True if text before the excerpt is left out."""
        return bool(self.text[: self.span[0]].strip())

    @property
    def omits_after(self) -> bool:
        """True if text after the excerpt is left out."""
        return bool(self.text[self.span[1] :].strip())
