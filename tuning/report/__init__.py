"""The page on a search."""
