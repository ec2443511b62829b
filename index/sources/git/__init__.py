"""Follow git repositories: fetch a branch in a process of its own, and stage its files."""
