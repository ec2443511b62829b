"""Write a snapshot into a cluster, verify it, and remove what nobody needs."""
