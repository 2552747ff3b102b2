"""How the numbers are spread, as they are and on a logarithmic scale."""

import numpy as np

from kpoc.protocols.manifest import SPLITS
from kpoc.protocols.record import bin_edges
from kpoc.report import cells, numbers, words
from kpoc.report.data.subject import Subject
from kpoc.report.figures import histograms
from kpoc.report.figures.svg import draw_svg

TITLE = "Numbers, linear and logarithmic"
MISSING = None
PLACE = 70

_QUANTILES = {"least": 0, "5 %": 5, "median": 50, "95 %": 95, "greatest": 100}


def context(subject: Subject) -> dict | None:
    """Draw each number's histograms, and give its quantiles by split."""
    if not subject.number_columns:
        return None
    return {
        "legend": histograms.legend(SPLITS),
        "heads": ["rows", "mean", *_QUANTILES],
        "columns": [_column(subject, column) for column in subject.number_columns],
    }


def _column(subject: Subject, column: str) -> dict:
    values = {
        split: subject.manifest.column(split, column).to_numpy(dtype=float)
        for split in SPLITS
    }
    every = np.concatenate(list(values.values()))
    title = words.title(column)
    figures = [
        draw_svg(
            f"values-{column}",
            f"{title}: share of each split's rows by value",
            histograms.draw_shares,
            list(values.values()),
            bin_edges(every),
            column,
        )
    ]
    if every.min() > 0:
        figures.append(
            draw_svg(
                f"values-{column}-log",
                f"{title}: share of each split's rows by value, logarithmic scale",
                histograms.draw_shares,
                list(values.values()),
                log_edges(every),
                f"{column} (logarithmic scale)",
                log=True,
            )
        )
    decimals = 0 if (every == np.round(every)).all() else None
    return {
        "name": title,
        "figures": figures,
        "rows": [
            {"split": split, "cells": _summary((column, split), found, decimals)}
            for split, found in values.items()
        ],
    }


def log_edges(values: np.ndarray, bins: int = 32) -> list[float]:
    """Edges of at most 32 bins that are equally wide on a logarithmic scale.

    Edges between whole numbers are put half way between them, so that no bin is empty
    only because no whole number lies in it.

    Args:
        values: Positive numbers.
        bins: The most bins.

    Example:
        >>> log_edges(np.array([1.0, 2.0, 80.0]), bins=5)
        [0.5, 1.5, 3.5, 10.5, 29.5, 80.5]
    """
    low, high = values.min(), values.max()
    if (values == np.round(values)).all():
        edges = np.round(np.geomspace(low - 0.5, high + 0.5, bins + 1) - 0.5) + 0.5
        return np.unique(edges).tolist()
    if low == high:
        low, high = low / 2, high * 2
    return np.geomspace(low, high, bins + 1).tolist()


def _summary(key: tuple, values: np.ndarray, decimals: int | None) -> list[cells.Cell]:
    def write(value: float) -> str:
        if decimals is None:
            return numbers.significant(value)
        return numbers.fixed(value, decimals)

    made = [cells.make_cell(("values", *key, "rows"), len(values), numbers.count)]
    made.append(
        cells.make_cell(
            ("values", *key, "mean"), float(values.mean()), numbers.significant
        )
    )
    return made + [
        cells.make_cell(
            ("values", *key, name), float(np.percentile(values, share)), write
        )
        for name, share in _QUANTILES.items()
    ]
