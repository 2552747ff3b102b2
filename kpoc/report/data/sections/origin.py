"""Where the data comes from, under what terms, and how to make this page again."""

from kpoc.report.data.subject import Subject

TITLE = "Where this comes from"
MISSING = None
PLACE = 140


def context(subject: Subject) -> dict:
    """Gather source, terms, digest and command."""
    return {"meta": subject.meta, "subject": subject}
