"""Hold the attributes of an AsciiDoc document: ``:name: value``, which ``{name}`` stands for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from index.errors import ReadError

_REFERENCE = re.compile(r"(?<!\\)\{([A-Za-z][\w-]*)\}")
_MAX_EXPANDED_CHARS = 2_000_000  # values that contain values could grow to gigabytes
_INTRINSIC = {
    "empty": "",
    "sp": " ",
    "nbsp": " ",
    "zwsp": "",
    "plus": "+",
    "amp": "&",
    "lt": "<",
    "gt": ">",
    "asterisk": "*",
    "backtick": "`",
    "caret": "^",
    "tilde": "~",
    "startsb": "[",
    "endsb": "]",
    "vbar": "|",
    "two-colons": "::",
    "two-semicolons": ";;",
    "apos": "'",
    "quot": '"',
    "backslash": "\\",
    "cpp": "C++",
    "pp": "++",
}


@dataclass(slots=True)
class Attributes:
    """Values by name, and how many characters of them were put into the text so far.

    ``titles`` are those that references without a text stand for.
    """

    values: dict[str, str] = field(default_factory=dict)
    expanded_chars: int = 0
    titles: Mapping[str, str] = field(default_factory=dict)

    def expand(self, text: str) -> str:
        """Return text with values for names in braces. Raises ReadError if they are too long."""
        return _REFERENCE.sub(self._value, text)

    def _value(self, reference: re.Match[str]) -> str:
        name = reference[1].lower()
        value = self.values.get(name, _INTRINSIC.get(name, reference[0]))
        self.expanded_chars += len(value)
        if self.expanded_chars > _MAX_EXPANDED_CHARS:
            raise ReadError("attributes that contain others many times; write out their values")
        return value
