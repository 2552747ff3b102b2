"""Budgets: whether the sides got the same chances, or by how much not."""

from kpoc.report import cells, numbers

TITLE = "Budget"
MISSING = "No budgets: no side says what it was given."
PLACE = 180

_COMPARED = ("epochs", "trainings")
_FIELDS = [
    ("epochs", "Epochs allowed", numbers.count),
    ("trainings", "Trainings", numbers.count),
    ("train_seconds", "Training time, all runs", numbers.seconds),
]


def context(comparison: dict) -> dict | None:
    """Set every side's budget beside the baseline's."""
    sides = comparison["sides"]
    budgets = [side.get("budget") or {} for side in sides]
    if not any(budgets):
        return None
    return {
        "fields": [label for _, label, _ in _FIELDS],
        "sides": [
            {
                "name": side["name"],
                "cells": [
                    cells.make_cell(
                        ("budget", side["name"], field),
                        budget.get(field),
                        write,
                        "this side doesn't say",
                    )
                    for field, _, write in _FIELDS
                ],
            }
            for side, budget in zip(sides, budgets, strict=True)
        ],
        "sentences": [
            _sentence(side["name"], budget, budgets[0])
            for side, budget in zip(sides[1:], budgets[1:], strict=True)
        ],
    }


def _sentence(name: str, budget: dict, baseline: dict) -> str:
    told = [
        field
        for field in _COMPARED
        if numbers.is_number(budget.get(field))
        and numbers.is_number(baseline.get(field))
    ]
    write = numbers.count
    unequal = [
        f"{write(budget[field])} {field} against {write(baseline[field])}"
        for field in told
        if budget[field] != baseline[field]
    ]
    if unequal:
        return f"{name} did not have the baseline's budget: {', '.join(unequal)}."
    if len(told) < len(_COMPARED):
        return f"{name}: can't be compared, as not both sides say what they were given."
    return f"{name} had the same budget of epochs and trainings as the baseline."
