"""Check whether a text is word for word in the articles, and if not, what differs."""
