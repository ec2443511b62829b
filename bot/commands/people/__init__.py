"""Hand questions to people, and let authors decide about their quoted messages."""
