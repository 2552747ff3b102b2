"""The page on a search: one HTML file that needs nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from kpoc.report.document import render_document, write_document
from kpoc.report.section import sections
from tuning.report.subject import Finished


def write_search_page(subject: Finished, folder: str | os.PathLike) -> Path:
    """Write the page.

    Args:
        subject: What it is about.
        folder: Where `index.html` goes; made if it isn't there.

    Returns:
        The path of the page.
    """
    return write_document(render_search_page(subject), folder)


def render_search_page(subject: Finished) -> str:
    """Make the page's HTML; the same subject gives the same text."""
    return render_document(
        "search.html.jinja",
        "tuning.report",
        sections("tuning.report"),
        subject,
        subject=subject,
    )
