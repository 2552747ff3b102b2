"""Kinds of views, one a file."""
