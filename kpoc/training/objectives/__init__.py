"""Objectives, a file each."""
