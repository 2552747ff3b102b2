"""Confusion matrices side by side: where each class's images go."""

from kpoc.report import cells, lookup, numbers, words
from kpoc.report.figures import heatmap
from kpoc.report.figures.svg import draw_svg

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
                "matrices": [
                    _matrix(target, confusion, name)
                    for name in names
                    if name in confusion["sides"]
                ],
            }
            for target, confusion in found.items()
        ]
    }


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
                    {"cell": _cell(target, side, i, j, rate), **_shade(rate)}
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


def _shade(rate: float | None) -> dict:
    """Colour of a cell: from white to dark blue, and text that stays readable."""
    if not numbers.is_number(rate):
        return {"background": "#e3e6ea", "ink": "#1c2530"}
    share = min(max(rate, 0.0), 1.0)
    light, dark = (255, 255, 255), (8, 69, 130)
    red, green, blue = (
        round(a + (b - a) * share) for a, b in zip(light, dark, strict=True)
    )
    return {
        "background": f"#{red:02x}{green:02x}{blue:02x}",
        "ink": "#ffffff" if share > 0.55 else "#1c2530",
    }
