"""Read settings; set up logging, metrics and signal handling."""
