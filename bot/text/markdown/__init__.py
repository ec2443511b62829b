"""Parse excerpts of Markdown articles into what a reader sees."""
