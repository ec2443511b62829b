"""What curators do: rebuilding, adding and removing articles, looking at what was asked."""
