"""Read metadata: title, author, date and the like, from front matter and from bylines."""
