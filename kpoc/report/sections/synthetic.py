"""The banner over results on drawn pictures."""

TITLE = None
MISSING = None
PLACE = 20


def context(comparison: dict) -> dict | None:
    """Only synthetic data get a banner."""
    if not comparison["data"].get("synthetic"):
        return None
    return {"protocol": comparison["data"].get("protocol", "")}
