"""The Discord bot and the command line around the index."""
