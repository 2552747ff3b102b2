"""Single images: the worst errors of every side, and answers that are right."""

from kpoc.report import gallery, words

TITLE = "Images to look at"
MISSING = "No images to look at: the comparison names none."
PLACE = 150


def context(comparison: dict) -> dict | None:
    """Show one row of cards a target and side, as far as there are pictures."""
    found = comparison["galleries"]
    if not found:
        return None
    shown = gallery.targets(comparison)
    return {
        "asked": comparison["thumbnails"] is not None,
        "pictures": gallery.has_pictures(comparison),
        "faults": gallery.faults(comparison),
        "data": comparison["data"],
        "rows": (comparison["data"].get("counts") or {}).get("test"),
        "left_out": words.listing([name for name in found if name not in shown]),
        "targets": [
            {
                "name": words.title(target),
                "is_number": comparison["targets"][target]["classes"] is None,
                "worst": _rows(comparison, target, "worst"),
                "right": _rows(comparison, target, "right"),
            }
            for target in shown
        ]
        if gallery.has_pictures(comparison)
        else [],
    }


def _rows(comparison: dict, target: str, kind: str) -> list[dict]:
    found = comparison["galleries"][target]
    return gallery.rows(comparison, ("galleries", target), target, found, kind)
