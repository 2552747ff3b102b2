"""The worst classes, in pictures beside those of what they are taken for."""

from kpoc.report import cells, gallery, lookup, numbers, words

TITLE = "The worst classes and their look-alikes"
MISSING = None
PLACE = 90


def context(comparison: dict) -> dict | None:
    """Show pairs of classes: shares of every side, and images of either class."""
    found = comparison["lookalikes"]
    if not found:
        return None
    shown = gallery.targets(comparison, "lookalikes")
    return {
        "names": lookup.side_names(comparison),
        "pictures": gallery.has_pictures(comparison),
        "targets": [
            {
                "name": words.title(target),
                "pairs": [
                    _pair(comparison, target, i, pair)
                    for i, pair in enumerate(found[target])
                ],
            }
            for target in shown
            if found[target]
        ],
    }


def _pair(comparison: dict, target: str, place: int, pair: dict) -> dict:
    key = ("lookalikes", target, place)
    return {
        "class": pair["class"],
        "other": pair["other"],
        "sides": [
            {
                name: cells.make_cell((*key, side, name), share, numbers.percent)
                for name, share in pair["sides"][side].items()
            }
            for side in lookup.side_names(comparison)
        ],
        "strips": [
            {
                "name": pair["class" if own == "class" else "other"],
                "near": pair["other" if own == "class" else "class"],
                "cards": [
                    _card(comparison, (*key, own, i), row)
                    for i, row in enumerate(pair["rows"][own][: gallery.MOST_OF_PAIR])
                ],
            }
            for own in ("class", "other")
        ],
    }


def _card(comparison: dict, key: tuple, row: dict) -> dict:
    return {
        **gallery.picture(comparison, row["id"]),
        "number": cells.make_cell(
            (*key, "probability"),
            row["probability"],
            lambda share: numbers.percent(share, 0),
        ),
    }
