"""Contract tests: one for each kind of thing that a file may register.

They are plain functions that raise `AssertionError`, for the tests of kpoc and for
those of whoever brings a method of their own.
"""

from kpoc.testing.backbone import check_backbone

__all__ = ["check_backbone"]
