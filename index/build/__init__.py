"""Build a snapshot from seeds."""
