"""Handle the commands that curators use."""
