"""Recipes that come with kpoc, by experiment: data only, read by `kpoc.recipe`."""
