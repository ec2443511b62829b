"""Read web pages: find the article, its facts and its blocks."""
