"""Split text into paragraphs, sentences and terms; detect its language."""
