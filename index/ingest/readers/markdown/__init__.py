"""Read Markdown and MDX, whatever program the site is made with."""
