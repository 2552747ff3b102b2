"""Confusion matrices side by side: where each class's images go."""

from kpoc.report import cells, lookup, numbers, words
from kpoc.report.columns import column_width
from kpoc.report.figures import heatmap
from kpoc.report.figures.svg import draw_svg
from kpoc.report.shade import shade

TITLE = "What is taken for what"
MISSING = "No confusion matrices: no target has classes."

MOST_IN_TABLE = 12
TOP_PAIRS = 12


def context(comparison: dict) -> dict | None:
    """Build one matrix a side: a table up to 12 classes, else a picture."""
    found = comparison.get("confusions") or {}
    if not found:
        return None
    names = lookup.side_names(comparison)
    return {
        "targets": [
            {
                "name": words.title(target),
                "width": column_width(len(names), _width(confusion["classes"])),
                "matrices": [
                    _matrix(target, confusion, name)
                    for name in names
                    if name in confusion["sides"]
                ],
            }
            for target, confusion in found.items()
        ]
    }


def _width(classes: list) -> int:
    """About the CSS pixels that a matrix needs: names, cells and number of rows."""
    if len(classes) > MOST_IN_TABLE:
        return 420
    name = 7 * max(len(str(label)) for label in classes) + 14
    return min(max(name + 10, 75), 140) + len(classes) * min(max(name, 62), 130) + 48


def _matrix(target: str, confusion: dict, side: str) -> dict:
    classes = [str(name) for name in confusion["classes"]]
    rates = confusion["sides"][side]
    made = {"side": side, "classes": classes, "svg": None, "rows": [], "pairs": []}
    if len(classes) > MOST_IN_TABLE:
        made["svg"] = draw_svg(
            f"confusion-{target}-{side}",
            f"Confusion matrix of {target}, {side}: truth in rows, answers in columns",
            heatmap.draw,
            classes,
            rates,
        )
        made["pairs"] = _pairs(target, confusion, side)
        return made
    for i, row in enumerate(rates):
        made["rows"].append(
            {
                "name": classes[i],
                "n": confusion["support"][i],
                "cells": [
                    {"cell": _cell(target, side, i, j, rate), **shade(rate)}
                    for j, rate in enumerate(row)
                ],
            }
        )
    return made


def _cell(target: str, side: str, i: int, j: int, rate: float | None) -> cells.Cell:
    return cells.make_cell(
        ("confusions", target, side, i, j),
        rate,
        numbers.percent,
        "no test rows of this class",
    )


def _pairs(target: str, confusion: dict, side: str) -> list[dict]:
    rates = confusion["sides"][side]
    found = [
        (rate, i, j)
        for i, row in enumerate(rates)
        for j, rate in enumerate(row)
        if i != j and numbers.is_number(rate) and rate > 0
    ]
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    return [
        {
            "truth": confusion["classes"][i],
            "answer": confusion["classes"][j],
            "cell": _cell(target, side, i, j, rate),
        }
        for rate, i, j in found[:TOP_PAIRS]
    ]
