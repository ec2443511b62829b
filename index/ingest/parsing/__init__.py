"""Share between readers: metadata, dates, encodings, safe containers."""
