"""The labels after every step: classes as tables, numbers as histograms."""

from kpoc.protocols.manifest import SPLITS
from kpoc.report import cells, numbers, words
from kpoc.report.columns import column_width
from kpoc.report.data.subject import Subject
from kpoc.report.figures import histograms
from kpoc.report.figures.svg import draw_svg
from kpoc.report.shade import shade

TITLE = "Labels after every step"
MISSING = None
PLACE = 50

MOST_LEVELS = 24
_ACROSS, _NARROWEST = 4, 240


def context(subject: Subject) -> dict:
    """Build a table or a figure a column."""
    return {
        "heads": [
            *(f"{i} {step['name']}" for i, step in enumerate(subject.steps)),
            *SPLITS,
        ],
        "splits": len(SPLITS),
        "classes": [_table(subject, column) for column in subject.class_columns],
        "numbers": [_figures(subject, column) for column in subject.number_columns],
        "width": column_width(_ACROSS, _NARROWEST),
    }


def _table(subject: Subject, column: str) -> dict:
    columns = [
        (found or {}).get("classes")
        for found in (step["labels"].get(column) for step in subject.steps)
    ]
    columns += [subject.levels(column, subject.manifest.rows(s)) for s in SPLITS]
    names = list(dict.fromkeys(name for one in columns if one for name in one))
    shown = names
    if len(names) > MOST_LEVELS:
        train = columns[len(subject.steps)]
        ranked = sorted(names, key=lambda name: -train.get(name, 0))
        shown = ranked[: MOST_LEVELS // 2] + ranked[-MOST_LEVELS // 2 :]
    totals = [sum(one.values()) if one else 0 for one in columns]
    return {
        "name": words.title(column),
        "cut": len(names) - len(shown),
        "rows": [
            {
                "name": name,
                "cells": [
                    _cell((column, i, name), one, name, total)
                    for i, (one, total) in enumerate(zip(columns, totals, strict=True))
                ],
            }
            for name in shown
        ],
    }


def _cell(key: tuple, counts: dict | None, name: str, total: int) -> dict | None:
    """Count and share of a class after a step; None where the column isn't there."""
    if counts is None or not total:
        return None
    share = counts.get(name, 0) / total
    return {
        "cell": cells.make_cell(("labels", *key), counts.get(name, 0), numbers.count),
        "share": numbers.percent(share),
        **shade(0.8 * share),
    }


def _figures(subject: Subject, column: str) -> dict:
    """A histogram a step, all with the same axes."""
    found = [
        (i, step, step["labels"][column])
        for i, step in enumerate(subject.steps)
        if step["labels"].get(column, {}).get("edges")
    ]
    top = max(max(labels["counts"]) for _, _, labels in found)
    title = words.title(column)
    return {
        "name": title,
        "panels": [
            {
                "title": f"{i} {step['name']}",
                "rows": numbers.count(step["counts"]["rows"]),
                "svg": draw_svg(
                    f"labels-{column}-{i}",
                    f"{title}: rows by value after step {i}, {step['name']}",
                    histograms.draw_counts,
                    labels["edges"],
                    labels["counts"],
                    top,
                    column,
                ),
            }
            for i, step, labels in found
        ],
    }
