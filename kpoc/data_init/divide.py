"""Divides somebody's rows into train, validation and test."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from kpoc.data_init.columns import CLASS
from kpoc.data_init.look import BAND
from kpoc.data_init.plan import LEAST_OWNERS, Plan
from kpoc.protocols.step import cells_of
from kpoc.sources.source import SourceError

if TYPE_CHECKING:
    import pandas as pd

SHARE = 0.2
"""Of the rows for the test, and of the others for validation."""
_BALANCED_ROWS, _BALANCED_SHARE, _BALANCED_TOTAL = 5, 0.1, 200
_DIVISIBLE, _DIVISIBLE_TWICE = 3, 4
"""Rows that these shares divide among two splits, and among three."""


def divide(plan: Plan) -> None:
    """Plans the splits: those that the data come with, else drawn ones.

    Raises:
        SourceError: A number is nearly the same in all rows.
    """
    by = _cells(plan)
    together = {"together": plan.together} if plan.together else {}
    if "test" not in plan.given:
        _draw_test(plan, by, together)
    if "validation" not in plan.given:
        free = plan.frame[plan.frame["split"] == ""]
        divisible = len(by) == 1 and _rarest(plan, free, by) >= _DIVISIBLE
        plan.add(
            {"name": "split", "train": 1 - SHARE, "validation": SHARE}
            | {"stratify": by}
            | ({} if divisible else {"minimum": 0})
            | together,
            "Validation: what stopping and every choice of a setting may look at.",
        )
    if plan.given:
        _look_at_given(plan)


def _cells(plan: Plan) -> list[str]:
    """The columns within whose combinations rows are drawn.

    As many target columns as leave rows enough for the test in each combination:
    bands are given up first, then the columns with most classes.
    """
    by = [name if kind == CLASS else name + BAND for name, kind in plan.targets.items()]
    by.sort(key=lambda name: (name.endswith(BAND), len(plan.columns[name].classes)))
    while len(by) > 1 and not _suffices(plan, by):
        by.pop()
    return by


def _suffices(plan: Plan, by: list[str]) -> bool:
    if plan.together:
        owners = plan.frame.groupby(cells_of(plan.frame, by))[plan.together].nunique()
        if owners.min() < LEAST_OWNERS:
            return False
    return _rarest(plan, plan.frame, by) * SHARE >= _BALANCED_ROWS


def _rarest(plan: Plan, rows: pd.DataFrame, by: list[str]) -> int:
    """Rows of the rarest combination, 0 if one is absent."""
    sizes = cells_of(rows, by).value_counts()
    absent = len(sizes) < prod(len(plan.columns[name].classes) for name in by)
    return 0 if absent else int(sizes.min())


def take_given(plan: Plan) -> None:
    """Takes over the splits that the data come with, if they are to be."""
    if not plan.given:
        return
    present = set(plan.frame[plan.split_column])
    whole = {"train", "validation", "test"} <= plan.given
    named = {
        split: sorted(
            v for v, of in plan.splits.items() if of == split and v in present
        )
        for split in ("train", "validation", "test")
        # train rows stay free where validation is still to be drawn from them
        if split in plan.given and (split != "train" or whole)
    }
    plan.add(
        {"name": "given", "column": plan.split_column, **named},
        "The splits that the data come with.",
    )


def _draw_test(plan: Plan, by: list[str], together: dict[str, str]) -> None:
    cells = prod(len(plan.columns[name].classes) for name in by)
    rarest = _rarest(plan, plan.frame, by)
    if rarest < _DIVISIBLE_TWICE:
        sizes = cells_of(plan.frame, by).value_counts()
        found = ", ".join(f"{cell} has {n:,}" for cell, n in sizes.items())
        raise SourceError(
            f"a number must vary: each of its bands must have at least "
            f"{_DIVISIBLE_TWICE} rows, for three splits. Received: `{by[0]}`, where "
            f"{found}"
        )
    rows = int(rarest * SHARE)
    enough = min(_BALANCED_TOTAL, _BALANCED_SHARE * len(plan.frame))
    if rows >= _BALANCED_ROWS and rows * cells >= enough:
        number = {"rows": rows}
        why = (
            f"The test: {rows} rows of each {' x '.join(by)}, a fifth of the rarest. "
            "So all count alike in it, however rare they are in training."
        )
    else:
        number = {"fraction": SHARE}
        why = (
            f"The test: a fifth of each {' x '.join(by)}. The rarest is too rare for a "
            "test in which all count alike; macro averages count them alike anyway."
        )
    plan.add({"name": "test", **number, "by": by, **together}, why)


def _look_at_given(plan: Plan) -> None:
    """Remarks on what the splits that the data come with lack, lost, or share."""
    whole = sum(n for v, n in plan.came_with.items() if plan.splits.get(v) == "test")
    left = int((plan.frame["split"] == "test").sum())
    if "test" in plan.given and left < whole:
        plan.remarks.append(
            f"of the {whole:,} images of the test that the data come with, "
            f"{whole - left:,} are left out as said above: figures of others on the "
            "whole of it do not compare"
        )
    for name, kind in plan.targets.items():
        for split in sorted(plan.given - {"train"}) if kind == CLASS else ():
            held = set(plan.frame.loc[plan.frame["split"] == split, name])
            if lacks := [c for c in plan.columns[name].classes if c not in held]:
                plan.remarks.append(
                    f"the {split} that the data come with has no image of `{name}` "
                    f"{', '.join(lacks)}: it says nothing about that"
                )
    if plan.together:
        torn = int((plan.frame.groupby(plan.together)["split"].nunique() > 1).sum())
        if torn:
            plan.remarks.append(
                f"{torn:,} values of `{plan.together}` have images in more than one of "
                "the splits that the data come with: a model may recognise them, which "
                "flatters it"
            )
