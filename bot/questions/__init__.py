"""Understand questions: where they were asked, their filters, and what they follow up on."""
