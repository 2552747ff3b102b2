"""Builders of tensorflow-datasets: the import that registers them."""

from kpoc.sources.builders import *  # noqa: F403
