"""Confusion matrices side by side: where each class's images go."""

from collections.abc import Callable

import numpy as np

from kpoc.evaluation.matrices import MOST_CHANCES, WHOLE, restored
from kpoc.report import cells, lookup, numbers, words
from kpoc.report.columns import GAP, PAGE, column_width
from kpoc.report.figures import heatmap
from kpoc.report.figures.svg import draw_svg
from kpoc.report.shade import shade

TITLE = "What is taken for what"
MISSING = "No confusion matrices: no target has classes."
PLACE = 80

MOST_IN_TABLE = 12
TOP_PAIRS = 15

ANSWERS, CHANCES = "answers", "mean probability"


def context(comparison: dict) -> dict | None:
    """Build two matrices a side: tables up to 12 classes, else pictures."""
    found = comparison.get("confusions") or {}
    if not found:
        return None
    names = lookup.side_names(comparison)
    return {
        "targets": [
            _target(target, confusion, [n for n in names if n in confusion["sides"]])
            for target, confusion in found.items()
        ],
        "ordered": any(len(c["classes"]) > MOST_IN_TABLE for c in found.values()),
        "most": MOST_CHANCES
        if any(len(c["classes"]) > WHOLE for c in found.values())
        else None,
    }


def _target(target: str, confusion: dict, names: list[str]) -> dict:
    many = len(confusion["classes"]) > MOST_IN_TABLE
    chances = confusion.get("probabilities") or {}
    made = {
        "name": words.title(target),
        "names": names,
        "tables": [],
        "chances": [],
        "pictures": [],
        "wide": [],
        "pairs": _pairs(target, confusion, names) if many else [],
        "width": 420,
    }
    if not many:
        narrow = _is_narrow(confusion["classes"], len(names))
        width = (_narrow_width if narrow else _width)(confusion["classes"])
        made["width"] = column_width(len(names), width)
        made["tables"] = [
            _table(target, confusion, name, "sides", narrow) for name in names
        ]
        made["chances"] = [
            _table(target, confusion, name, "probabilities", narrow)
            for name in names
            if name in chances
        ]
    elif len(confusion["classes"]) > heatmap.MOST_NAMES:
        made["wide"] = [_wide(target, confusion, name) for name in names]
    else:
        made["pictures"] = [
            picture for name in names for picture in _pictures(target, confusion, name)
        ]
        made["width"] = column_width(2, made["width"])
    return made


def _width(classes: list) -> int:
    """About the CSS pixels that a matrix needs: names, cells and number of rows."""
    name = 7 * max(len(str(label)) for label in classes) + 14
    return min(max(name + 10, 75), 140) + len(classes) * min(max(name, 62), 130) + 48


def _narrow_width(classes: list) -> int:
    """The same in small letters, without signs of per cent or a column of rows."""
    lengths = [6.5 * len(str(label)) for label in classes]
    return round(max(*lengths, 56) + 6 + sum(max(one + 5, 42) for one in lengths))


def _is_narrow(classes: list, sides: int) -> bool:
    """Whether all sides fit beside each other in small letters only."""

    def fits(width: int) -> bool:
        return sides * (width + GAP) <= PAGE + GAP

    return fits(_narrow_width(classes)) and not fits(_width(classes))


def _panels(confusion: dict, side: str) -> dict[str, np.ndarray]:
    """The matrices of a side, rows and columns in the classes' order."""
    order = _order(confusion)
    matrices = {ANSWERS: confusion["sides"][side]}
    if side in (confusion.get("probabilities") or {}):
        matrices[CHANCES] = confusion["probabilities"][side]
    return {
        title: restored(rates)[np.ix_(order, order)]
        for title, rates in matrices.items()
    }


def _order(confusion: dict) -> list[int]:
    return confusion.get("order") or list(range(len(confusion["classes"])))


def _named(confusion: dict) -> list[str]:
    return [str(confusion["classes"][i]) for i in _order(confusion)]


def _label(target: str, side: str, what: str) -> str:
    return (
        f"Confusion matrix of {target}, {side}, {what}: truth in rows, answers in "
        "columns"
    )


def _pictures(target: str, confusion: dict, side: str) -> list[dict]:
    return [
        {
            "title": f"{side}: {title}",
            "svg": draw_svg(
                f"confusion-{target}-{side}-{title}",
                _label(target, side, title),
                heatmap.draw,
                _named(confusion),
                rates,
            ),
        }
        for title, rates in _panels(confusion, side).items()
    ]


def _wide(target: str, confusion: dict, side: str) -> dict:
    panels = _panels(confusion, side)
    return {
        "title": side,
        "svg": draw_svg(
            f"confusion-{target}-{side}",
            _label(target, side, " and ".join(panels)),
            heatmap.draw_wide,
            _named(confusion),
            panels,
        ),
    }


def _table(target: str, confusion: dict, side: str, field: str, narrow: bool) -> dict:
    classes = [str(name) for name in confusion["classes"]]
    parts = () if field == "sides" else (field,)
    return {
        "side": side,
        "classes": classes,
        "narrow": narrow,
        "rows": [
            {
                "name": classes[i],
                "n": confusion["support"][i],
                "cells": [
                    {
                        "cell": _cell(
                            (target, side, *parts, i, j),
                            rate,
                            _without_sign if narrow else numbers.percent,
                        ),
                        **shade(rate),
                    }
                    for j, rate in enumerate(row)
                ],
            }
            for i, row in enumerate(confusion[field][side])
        ],
    }


def _cell(
    parts: tuple, rate: float | None, write: Callable[[float], str] = numbers.percent
) -> cells.Cell:
    return cells.make_cell(
        ("confusions", *parts), rate, write, "no test rows of this class"
    )


def _without_sign(rate: float) -> str:
    return numbers.fixed(100 * rate, 1)


def _pairs(target: str, confusion: dict, names: list[str]) -> list[dict]:
    """The most frequent confusions, mean over the sides."""
    matrices = [restored(confusion["sides"][name]) for name in names]
    classes = confusion["classes"]
    totals = np.nan_to_num(np.sum(matrices, axis=0))
    np.fill_diagonal(totals, 0.0)
    truths, answers = np.nonzero(totals)
    most = np.lexsort((answers, truths, -totals[truths, answers]))[:TOP_PAIRS]
    return [
        {
            "truth": classes[i],
            "answer": classes[j],
            "n": confusion["support"][i],
            "cells": [
                _cell((target, name, i, j), float(matrix[i, j]))
                for name, matrix in zip(names, matrices, strict=True)
            ],
        }
        for i, j in zip(truths[most].tolist(), answers[most].tolist(), strict=True)
    ]
