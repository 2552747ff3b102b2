"""Image formats, a file each."""
