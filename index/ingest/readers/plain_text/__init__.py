"""Read plain text, also logs of chats and texts that were laid out for printing."""
