"""Put the content of included files into a text, as a site generator does."""

from index.ingest.includes.expand import Expansion, expand_includes
from index.ingest.includes.files import IncludableFiles

__all__ = ["Expansion", "IncludableFiles", "expand_includes"]
