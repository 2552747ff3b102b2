"""Run directories: what one training leaves, and where it is found again."""
