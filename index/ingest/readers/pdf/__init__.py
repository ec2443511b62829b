"""Read PDF files: find the lines, columns and paragraphs of each page."""
