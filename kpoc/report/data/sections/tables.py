"""Class by class: how two columns go together, before the protocol and after it."""

import itertools

import numpy as np

from kpoc.protocols.record import class_table
from kpoc.report import cells, numbers, words
from kpoc.report.columns import column_width
from kpoc.report.data.subject import Subject
from kpoc.report.shade import shade

TITLE = "Class by class"
MISSING = "There are no two columns of classes, or they have too many to show."
PLACE = 60

MOST_PAIRS, MOST_CELLS = 6, 160
_HEAD, _CELL = 70, 66
_AFTER = ("train", "test")


def context(subject: Subject) -> dict | None:
    """Build the tables of each pair: when it was complete first, train and test."""
    before = {
        tuple(table["columns"]): (i, step["name"], table)
        for i, step in enumerate(subject.steps)
        for table in step["tables"]
    }
    pairs = list(itertools.combinations(subject.class_columns, 2))
    fitting = [pair for pair in pairs if pair in before and _size(before[pair][2])]
    if not fitting:
        return None
    return {
        "pairs": [_pair(subject, pair, before[pair]) for pair in fitting[:MOST_PAIRS]],
        "left_out": [
            " \N{MULTIPLICATION SIGN} ".join(pair)
            for pair in pairs
            if pair not in fitting[:MOST_PAIRS]
        ],
    }


def _size(table: dict) -> bool:
    return len(table["levels"][0]) * len(table["levels"][1]) <= MOST_CELLS


def _pair(subject: Subject, pair: tuple[str, str], before: tuple) -> dict:
    i, step, first = before
    made = [_table(("before", *pair), f"before: {i} {step}", first)]
    empty = []
    for split in _AFTER:
        rows = subject.manifest.rows(split)
        table = class_table(rows, pair, subject.manifest.columns)
        full = _with_levels(table, [list(subject.levels(name)) for name in pair])
        made.append(_table((split, *pair), split, full))
        if split == "train":
            empty = [
                f"{a} {b}"
                for a, row in zip(full["levels"][0], full["counts"], strict=True)
                for b, n in zip(full["levels"][1], row, strict=True)
                if not n
            ]
    return {
        "title": " and ".join([words.title(pair[0]), words.title(pair[1]).lower()]),
        "tables": made,
        "width": column_width(len(made), _width(made)),
        "empty": words.listing(empty, 8),
    }


def _width(tables: list[dict]) -> int:
    """CSS pixels that the widest of some tables needs, about."""
    most = max(len(table["columns"]) for table in tables)
    return _HEAD + _CELL * (most + 1)


def _with_levels(table: dict, levels: list[list[str]]) -> dict:
    """The same table with rows and columns for classes that it lacks."""
    known = {
        (a, b): n
        for a, row in zip(table["levels"][0], table["counts"], strict=True)
        for b, n in zip(table["levels"][1], row, strict=True)
    }
    counts = [[known.get((a, b), 0) for b in levels[1]] for a in levels[0]]
    return {"columns": table["columns"], "levels": levels, "counts": counts}


def _table(key: tuple, title: str, table: dict) -> dict:
    counts = np.array(table["counts"], dtype=int)
    rows, columns = table["levels"]
    # the longer list of classes stands at the side
    if len(rows) < len(columns):
        counts, rows, columns = counts.T, columns, rows
    top = max(int(counts.max(initial=0)), 1)
    return {
        "title": title,
        "total": numbers.count(int(counts.sum())),
        "columns": columns,
        "sums": [numbers.count(int(n)) for n in counts.sum(axis=0)],
        "rows": [
            {
                "name": name,
                "cells": [
                    {
                        "cell": cells.make_cell(
                            ("tables", *key, name, other), int(n), numbers.count
                        ),
                        **shade(0.8 * n / top),
                    }
                    for other, n in zip(columns, line, strict=True)
                ],
                "sum": numbers.count(int(line.sum())),
            }
            for name, line in zip(rows, counts, strict=True)
        ],
    }
