"""Define the commands of `quoth`: their options, and the calls that do the work."""
