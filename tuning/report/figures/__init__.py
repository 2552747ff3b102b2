"""Figures of the page on a search, one file a kind."""
