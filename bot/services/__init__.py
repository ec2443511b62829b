"""Answer questions and rebuild the index, independent of Discord events."""
