"""The comparison's page: one HTML file that needs nothing else."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.report.document import render_document, write_document
from kpoc.report.section import sections

if TYPE_CHECKING:
    from kpoc.pictures.thumbnails import Thumbnails


def write_page(
    comparison: dict,
    folder: str | os.PathLike,
    thumbnails: "Thumbnails | None" = None,
) -> Path:
    """Write a comparison as one self-contained page.

    The page makes no request at all (its content security policy forbids any),
    so it can be opened from a disk, mailed and printed.

    Args:
        comparison: The comparison as a plain dict, schema 1.
        folder: Where `index.html` goes; made if it isn't there.
        thumbnails: Pictures of the rows that `kpoc.report.gallery.shown_ids` names;
            None leaves single images out.

    Returns:
        The path of the page.

    Raises:
        ValueError: With all that is wrong with `comparison`.
    """
    return write_document(render_page(comparison, thumbnails), folder)


def render_page(comparison: dict, thumbnails: "Thumbnails | None" = None) -> str:
    """Make the page's HTML.

    Args:
        comparison: As in `write_page`.
        thumbnails: As in `write_page`.

    Returns:
        A whole HTML document. The same comparison gives the same text.

    Raises:
        ValueError: As in `write_page`.
    """
    from kpoc.evaluation.content import read_content

    content = read_content(comparison, "`comparison`").to_dict()
    return render_document(
        "page.html.jinja",
        "kpoc.report",
        sections("kpoc.report"),
        content | {"thumbnails": thumbnails},
        comparison=content,
    )
