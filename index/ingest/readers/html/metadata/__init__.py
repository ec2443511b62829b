"""Find the title, author, date and other metadata of a page."""
