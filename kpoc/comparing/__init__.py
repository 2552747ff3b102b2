"""A comparison from start to end."""
