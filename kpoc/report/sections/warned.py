"""Warnings: what a reader must know before believing the figures."""

TITLE = None
MISSING = None
PLACE = 30


def context(comparison: dict) -> dict | None:
    """Pass on the comparison's warnings."""
    found = list(comparison.get("warnings", []))
    return {"warnings": found} if found else None
