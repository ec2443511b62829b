"""Scripts that measure, and that fit what is measured."""
