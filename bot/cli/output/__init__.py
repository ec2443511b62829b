"""Print results for people: in colour on a terminal, as plain text into a pipe."""
