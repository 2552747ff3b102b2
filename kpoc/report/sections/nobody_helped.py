"""The class that no side serves well: where its images go instead."""

from kpoc.evaluation.matrices import restored_row
from kpoc.report import cells, gallery, lookup, numbers, words
from kpoc.report.shade import shade

TITLE = "The class left behind"
MISSING = "No class left behind: no target has three classes or more with a score."
PLACE = 100

MOST_ANSWERS = 8


def context(comparison: dict) -> dict | None:
    """Tell of each target's lowest class its figures, its errors, and show some."""
    found = comparison["nobody_helped"]
    if not found:
        return None
    return {
        "names": lookup.side_names(comparison),
        "baseline": lookup.side_names(comparison)[0],
        "pictures": gallery.has_pictures(comparison),
        "targets": [
            _target(comparison, target, found[target])
            for target in gallery.targets(comparison, "nobody_helped")
        ],
    }


def _target(comparison: dict, target: str, nobody: dict) -> dict:
    names = lookup.side_names(comparison)
    label, metric = nobody["class"], nobody["metric"]
    keys = [(target, metric, "class", label, name) for name in names]
    scores = lookup.index(comparison["scores"])
    differences = lookup.index(comparison["differences"])
    known = [scores[key] for key in keys if key in scores]
    decimals = lookup.decimals(known)
    verdicts = {
        key[-1]: differences[key]["verdict"] for key in keys if key in differences
    }
    return {
        "name": words.title(target),
        "class": label,
        "metric": words.metric_name(metric),
        "n": known[0]["n"],
        "best": nobody["best_side"],
        "best_score": cells.score(
            scores[target, metric, "class", label, nobody["best_side"]], decimals
        ),
        "scores": [cells.score(scores.get(key), decimals) for key in keys],
        "better": words.listing([n for n, v in verdicts.items() if v == "better"]),
        "worse": words.listing([n for n, v in verdicts.items() if v == "worse"]),
        "has_verdicts": bool(verdicts),
        "train": _train(comparison, target, label),
        "answers": _answers(comparison, target, label),
        "rows": gallery.rows(
            comparison, ("nobody_helped", target), target, nobody["sides"], "worst"
        )
        if gallery.has_pictures(comparison)
        else [],
    }


def _train(comparison: dict, target: str, label: str) -> list[dict]:
    """Train rows of the class, and of all; sides with the same ones together."""
    sides: dict[tuple[int, int], list[str]] = {}
    for side in comparison["sides"]:
        found = (side.get("composition") or {}).get(target) or {}
        counts = found.get("counts", {}).get("train")
        if counts:
            own = dict(zip(found["levels"], counts, strict=True)).get(label, 0)
            sides.setdefault((own, sum(counts)), []).append(side["name"])
    return [
        {
            "sides": words.listing(names),
            **{
                name: cells.make_cell(
                    ("train_rows", target, names[0], name), value, write
                )
                for name, value, write in (
                    ("class", own, numbers.count),
                    ("all", every, numbers.count),
                    ("share", own / every, numbers.percent),
                )
            },
        }
        for (own, every), names in sides.items()
    ]


def _answers(comparison: dict, target: str, label: str) -> list[dict]:
    """Shares of the class's images by answer: its own first, then the usual errors."""
    confusion = comparison["confusions"].get(target)
    if not confusion:
        return []
    classes = confusion["classes"]
    own = classes.index(label)
    names = lookup.side_names(comparison)
    shares = [
        restored_row(confusion["sides"][name][own], len(classes)).tolist()
        for name in names
    ]
    others = sorted(
        (j for j in range(len(classes)) if j != own),
        key=lambda j: -sum(row[j] for row in shares),
    )
    shown = [own, *others[:MOST_ANSWERS]]
    rows = [
        {
            "name": classes[j],
            "is_right": j == own,
            "cells": [
                _cell(("confusions", target, name, own, j), row[j])
                for name, row in zip(names, shares, strict=True)
            ],
        }
        for j in shown
    ]
    if rest := others[MOST_ANSWERS:]:
        rows.append(
            {
                "name": f"{len(rest)} other classes",
                "is_right": False,
                "cells": [
                    _cell(
                        ("nobody_helped", target, name, "rest"),
                        sum(row[j] for j in rest),
                    )
                    for name, row in zip(names, shares, strict=True)
                ],
            }
        )
    return rows


def _cell(key: tuple, share: float | None) -> dict:
    cell = cells.make_cell(key, share, numbers.percent, "no test rows of this class")
    return {"cell": cell, **shade(share)}
