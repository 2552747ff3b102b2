"""Builders of tensorflow-datasets for datasets that its catalogue lacks.

Importing this package registers them (it needs the extra `tfds`).
"""

from kpoc.sources.builders.utkface import UTKFaceBuilder

__all__ = ["UTKFaceBuilder"]
