"""Read articles from files: one reader for each format, the same guarantees for all.

An article's text is kept exactly as decoded, and its blocks are exact slices of it. A file that
cannot become an article raises ReadError; reading a folder never stops at a bad file but lists it
as skipped.
"""
