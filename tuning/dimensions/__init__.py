"""Kinds of dimensions of a search space, a file each: a new kind is a new file."""
