"""What people read in Discord, as texts: pure functions and the lines in every language."""
