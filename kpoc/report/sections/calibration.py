"""Calibration: whether probabilities mean what they say, before and after scaling."""

from kpoc.evaluation.few import FEW_IN_BIN
from kpoc.evaluation.temperature import LIMITS
from kpoc.report import cells, lookup, numbers, words
from kpoc.report.columns import column_width
from kpoc.report.figures import reliability, style
from kpoc.report.figures.svg import draw_svg

TITLE = "Calibration"
MISSING = "No calibration: no target has classes, or it was not worked out."
PLACE = 120

PANEL = 250

_COLUMNS = {
    "ece": "Calibration error",
    "overconfidence": "Too sure by",
    "nll": "Negative log-likelihood",
    "brier": "Brier score",
}
_COMPARED = ("ece", "nll", "brier")
# Temperatures this far out were not found but cut (`kpoc.evaluation.temperature`).
_CUT = (1.1 * LIMITS[0], 0.99 * LIMITS[1])
# Shares of classes that differ by more than this bend probabilities visibly.
MIX = 0.05


def context(comparison: dict) -> dict | None:
    """Build a diagram a side, a table of figures and one of differences a target."""
    found = comparison["calibration"]
    if not found or not found["scores"]:
        return None
    names = lookup.side_names(comparison)
    return {
        "names": names,
        "legend": style.legend(names),
        "calibrated": found["calibrated"],
        "not_scaled": list(found["not_scaled"].items()),
        "cut": _cut(found),
        "few": FEW_IN_BIN,
        "mix": [
            {
                "target": target,
                "share": cells.make_cell(
                    ("calibration", target, "mix"), value, numbers.percent
                ),
            }
            for target, value in found["mix"].items()
            if value is not None and value > MIX
        ],
        "columns": list(_COLUMNS.values()),
        "compared": [_COLUMNS[metric] for metric in _COMPARED],
        "targets": [_target(found, names, target) for target in found["diagrams"]],
        "width": column_width(len(names), PANEL),
        "level": cells.make_cell(
            ("settings", "level"),
            comparison["settings"].get("level"),
            lambda value: numbers.percent(value, 0),
            "level not known",
        ),
    }


def _target(found: dict, names: list[str], target: str) -> dict:
    scores = {
        (row["metric"], row["side"], row["scaled"]): row
        for row in found["scores"]
        if row["target"] == target
    }
    deltas = {
        (row["metric"], row["side"], row["scaled"]): row
        for row in found["differences"]
        if row["target"] == target
    }
    decimals = {
        metric: lookup.decimals(
            [row for key, row in scores.items() if key[0] == metric]
        )
        for metric in _COLUMNS
    }
    rows = sorted(
        {(side, scaled) for _, side, scaled in scores},
        key=lambda key: (names.index(key[0]), key[1]),
    )
    compared = [key for key in rows if any((m, *key) in deltas for m in _COMPARED)]
    return {
        "title": words.title(target),
        "figures": [
            {"title": name, "svg": _diagram(found, names, target, name)}
            for name in names
        ],
        "rows": [
            {
                "side": side,
                "scaled": scaled,
                "cells": [
                    _figure(scores[metric, side, scaled], decimals[metric])
                    for metric in _COLUMNS
                ],
                "chance": _chance(scores["ece", side, scaled], decimals["ece"]),
                "sure": _sure(scores["overconfidence", side, scaled]),
                "temperatures": _temperatures(found, target, side) if scaled else [],
            }
            for side, scaled in rows
        ],
        "differences": [
            {
                "side": side,
                "scaled": scaled,
                "cells": [
                    _difference(deltas.get((metric, side, scaled)), decimals[metric])
                    for metric in _COMPARED
                ],
            }
            for side, scaled in compared
        ],
    }


def _parts(row: dict) -> tuple:
    state = "scaled" if row["scaled"] else "raw"
    return ("calibration", row["target"], row["metric"], state, row["side"])


def _figure(row: dict, decimals: int) -> cells.Estimate:
    signed = row["metric"] == "overconfidence"
    return cells.estimate(_parts(row), row, "estimate", decimals, signed)


def _difference(row: dict | None, decimals: int) -> dict | None:
    if row is None:
        return None
    parts = ("calibration", "difference", *_parts(row)[1:])
    return {
        "estimate": cells.estimate(parts, row, "difference", decimals, True),
        "look": words.verdict_look(row["verdict"]),
    }


def _chance(row: dict, decimals: int) -> cells.Cell:
    return cells.make_cell(
        (*_parts(row), "chance"),
        row["chance"],
        lambda value: numbers.fixed(value, decimals),
        "not known",
    )


def _sure(row: dict) -> str:
    """In words, where the interval leaves no doubt."""
    if numbers.is_number(row["low"]) and row["low"] > 0:
        return "too sure"
    if numbers.is_number(row["high"]) and row["high"] < 0:
        return "not sure enough"
    return "neither clearly"


def _temperatures(found: dict, target: str, side: str) -> list[cells.Cell]:
    return [
        cells.make_cell(
            ("calibration", target, "temperature", side, seed),
            value,
            numbers.significant,
            "not known",
        )
        for seed, value in enumerate(found["temperatures"][target][side])
    ]


def _cut(found: dict) -> bool:
    return any(
        not _CUT[0] < value < _CUT[1]
        for of_side in found["temperatures"].values()
        for values in of_side.values()
        for value in values
    )


def _diagram(found: dict, names: list[str], target: str, name: str):
    points = found["diagrams"][target][name]
    return draw_svg(
        f"calibration-{target}-{name}",
        f"Reliability diagram of {name} on {target}: share right by confidence",
        reliability.draw,
        points["raw"],
        points["scaled"],
        names.index(name),
        found["bins"],
    )
