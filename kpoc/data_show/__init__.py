"""A protocol's data as a page."""
