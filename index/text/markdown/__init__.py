"""Recognize what generators of sites add to Markdown: fences, directives, tags, headings."""
