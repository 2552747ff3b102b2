"""The comparison's page: one HTML file that needs nothing else."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kpoc.report.document import render_document, write_document
from kpoc.report.sections import ORDER

if TYPE_CHECKING:
    from kpoc.pictures.thumbnails import Thumbnails

_REQUIRED = (
    "title",
    "data",
    "settings",
    "targets",
    "primary",
    "sides",
    "scores",
    "differences",
    "verdict",
)
_OPTIONAL = {
    "created": None,
    "command": None,
    "kpoc_version": None,
    "confusions": {},
    "top_k": {},
    "bands": {},
    "calibration": {},
    "gaps": {},
    "true_predicted": {},
    "galleries": {},
    "lookalikes": {},
    "nobody_helped": {},
    "warnings": [],
    "notes": [],
}
_OPTIONAL_DATA = {
    "protocol": None,
    "digest": None,
    "synthetic": False,
    "citation": None,
    "licence": None,
}
_OPTIONAL_SIDE = {
    "description": None,
    "seeds": [],
    "runs": [],
    "foreign": False,
    "cost": [],
    "budget": {},
    "history": [],
    "recipe": None,
    "environment": None,
}


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
        ValueError: If `comparison` has another schema or misses required keys.
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
    _check(comparison)
    comparison = {**_complete(comparison), "thumbnails": thumbnails}
    return render_document(
        "page.html.jinja", "kpoc.report", ORDER, comparison, comparison=comparison
    )


def _complete(comparison: dict) -> dict:
    """Name what a side or a comparison may leave out, so that sections needn't."""
    sides = [
        {
            **_OPTIONAL_SIDE,
            **side,
            "weights": {"origin": None, "sha256": None, **(side.get("weights") or {})},
        }
        for side in comparison["sides"]
    ]
    data = {**_OPTIONAL_DATA, **comparison["data"]}
    settings = {"stratified": False, **comparison["settings"]}
    return {
        **_OPTIONAL,
        **comparison,
        "sides": sides,
        "data": data,
        "settings": settings,
    }


def _check(comparison: dict) -> None:
    missing = [key for key in _REQUIRED if key not in comparison]
    if comparison.get("schema") != 1 or missing:
        raise ValueError(
            "`comparison` must be a comparison of schema 1 with the keys "
            f"{', '.join(_REQUIRED)}. Received: schema="
            f"{comparison.get('schema')!r}, missing keys: {missing or 'none'}"
        )
    if not comparison["sides"]:
        raise ValueError("`comparison` must have at least one side. Received: sides=[]")
