"""Names of the files in seeds that belong to followed sources."""

SOURCES_FILE = "sources.toml"
STATE_FOLDER = ".sources"
