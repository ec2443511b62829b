"""Search a snapshot in a cluster, and read its articles."""
