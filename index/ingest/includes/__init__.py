"""Put included files into a text, and find the titles of references, as site generators do."""

from index.ingest.includes.expand import Expansion, expand_includes
from index.ingest.includes.files import IncludableFiles

__all__ = ["Expansion", "IncludableFiles", "expand_includes"]
