"""Rows to batches, the same on every backend."""
