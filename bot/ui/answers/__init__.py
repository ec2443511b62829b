"""Show answers, context pages, articles and checked quotations."""
