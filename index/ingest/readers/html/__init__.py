"""Read web pages: find the article, its metadata and its blocks."""
