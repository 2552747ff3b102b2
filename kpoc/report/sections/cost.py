"""What it costs: time, size, memory and latency beside the baseline's."""

from kpoc.recipe.inference import Inference
from kpoc.report import cells, costs, lookup, numbers

TITLE = "Cost"
MISSING = "No cost: no side brought any; tables of predictions carry none."
PLACE = 170


def context(comparison: dict) -> dict | None:
    """Build one row a measure: the mean over seeds, their range and the ratio."""
    baseline, *_ = sides = comparison["sides"]
    if not any(side["cost"] for side in sides):
        return None
    rows = [
        {
            "label": measure.label,
            "cells": [_cells(side, baseline, measure) for side in sides],
        }
        for measure in costs.measures(sides)
    ]
    machines = [costs.machine(side.get("environment") or {}) for side in sides]
    return {
        "names": lookup.side_names(comparison),
        "rows": rows,
        "exported": any(cost.get("exports") for s in sides for cost in s["cost"]),
        "xla": [_xla(side) for side in sides],
        "asked": any(map(_asked, sides)),
        "image_sizes": [_image_size(side) for side in sides],
        "machines": machines,
        "several_machines": len(set(machines) - {numbers.NOT_AVAILABLE}) > 1,
        "absent": [side["name"] for side in sides if not side["cost"]],
    }


def _cells(side: dict, baseline: dict, measure: costs.Measure) -> dict:
    def make(name: str, value: float | None, write=measure.write) -> cells.Cell:
        return cells.make_cell(
            ("cost", side["name"], measure.field, name), value, write, "not measured"
        )

    found = costs.values(side, measure.field)
    ratio = None
    if side is not baseline:
        ratio = costs.ratio(side, baseline, measure.field)
    return {
        "mean": make("mean", costs.mean(side, measure.field)),
        "low": make("min", min(found, default=None)),
        "high": make("max", max(found, default=None)),
        "varies": bool(found) and min(found) != max(found),
        "ratio": make("ratio", ratio, numbers.ratio) if ratio is not None else None,
    }


def _image_size(side: dict) -> str:
    recipe = side.get("recipe") or {}
    if recipe.get("image_size") is None:
        return numbers.NOT_AVAILABLE
    size = f"{recipe['image_size']}{numbers.SPACE}px"
    return f"{size}, asked by {asked}" if (asked := _asked(side)) else size


def _asked(side: dict) -> str:
    said = (side.get("recipe") or {}).get("inference")
    return str(Inference(**said)) if said else ""


def _xla(side: dict) -> str:
    states = {
        {True: "on", False: "off"}.get(cost.get("xla"), numbers.NOT_AVAILABLE)
        for cost in side["cost"]
    }
    return " and ".join(sorted(states)) if states else numbers.NOT_AVAILABLE
