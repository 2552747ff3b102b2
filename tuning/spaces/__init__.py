"""The search spaces that come with kpoc, each with the name of its recipe."""
