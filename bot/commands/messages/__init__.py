"""Answer questions in messages and forum posts, and follow their edits."""
