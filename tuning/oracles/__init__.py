"""Ways to search, a file each: a new way is a new file."""
