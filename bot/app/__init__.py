"""Run the Discord client as a process: log in, sync commands, report health."""
