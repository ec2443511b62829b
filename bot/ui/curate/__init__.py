"""Show curators their settings, open questions and reports."""
