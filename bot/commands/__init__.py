"""Handle slash commands, mentions, messages and button presses."""
