"""Front matter for files that cannot hold any: ``report.pdf.yaml`` speaks for ``report.pdf``.

It says the same as front matter does, with or without the lines of ``---``, and goes before what
the file says of itself.
"""

import re

from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.front_matter import told

SUFFIX = ".yaml"
_FENCES = re.compile(r"\A\s*---[ \t]*\r?\n|^(?:---|\.\.\.)[ \t]*\s*\Z", re.MULTILINE)


def sidecar(text: str) -> ParsedMetadata:
    """What the lines of key: value say. Raises ReadError naming the line that is broken."""
    return told(_FENCES.sub("", text))
