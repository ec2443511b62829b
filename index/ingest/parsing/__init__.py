"""Parse metadata, dates and encodings; read containers and XML safely."""
