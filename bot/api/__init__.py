"""Answers and verifications for programs: JSON, HTTP and the Model Context Protocol."""
