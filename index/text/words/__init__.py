"""Word lists by language, as data: stop words, question words, small talk, months."""
