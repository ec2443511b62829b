"""From files to articles: one reader a format, the same promises for all of them.

An article's text is kept exactly as decoded, its blocks are exact slices of it. A file that cannot
become an article is refused with a ReadError; a folder is read whatever its files are like, and
what was left out is listed.
"""

from index.ingest.loader import FORMATS, LoadedFolder, SkippedFile, read_file, read_folder

__all__ = ["FORMATS", "LoadedFolder", "SkippedFile", "read_file", "read_folder"]
