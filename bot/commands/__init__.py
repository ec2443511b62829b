"""What members can ask of the bot; a file each."""
