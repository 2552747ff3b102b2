"""The banner over drawn pictures."""

from kpoc.report.data.subject import Subject

TITLE = None
MISSING = None
PLACE = 20


def context(subject: Subject) -> dict | None:
    """Only synthetic data get a banner."""
    return {} if subject.meta.get("synthetic") else None
