"""Share among readers the building of articles, dates, encodings, and safe containers and XML."""
