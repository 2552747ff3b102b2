"""The page on a protocol's data: one HTML file that needs nothing else."""

import os
from pathlib import Path

from kpoc.report.data.subject import Subject
from kpoc.report.document import render_document, write_document
from kpoc.report.section import sections


def write_data_page(subject: Subject, folder: str | os.PathLike) -> Path:
    """Write the page; the pictures stand inside it.

    Args:
        subject: What it is about.
        folder: Where `index.html` goes; made if it isn't there.

    Returns:
        The path of the page.
    """
    return write_document(render_data_page(subject), folder)


def render_data_page(subject: Subject) -> str:
    """Make the page's HTML; the same subject gives the same text."""
    return render_document(
        "data.html.jinja",
        "kpoc.report.data",
        sections("kpoc.report.data"),
        subject,
        subject=subject,
    )
