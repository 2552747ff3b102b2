"""Protocols (YAML): how manifests are made."""
