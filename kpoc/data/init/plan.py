"""Decides how somebody's rows are chosen and divided: the steps of a protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from kpoc.data.init.bands import band_edges
from kpoc.data.init.columns import CLASS
from kpoc.data.init.look import BAND, Look
from kpoc.data.init.words import class_order
from kpoc.data.manifest import Column
from kpoc.data.source import SourceError
from kpoc.data.step import STEPS, Context, cells_of
from kpoc.data.steps.band import Band

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS = 10
"""A class with fewer images can be neither learnt nor tested."""
LEAST_OWNERS = 5
"""The same for persons or things, where their images stay together."""
SHARE = 0.2
"""Of the rows for the test, and of the others for validation."""
_BALANCED_ROWS, _BALANCED_SHARE, _BALANCED_TOTAL = 5, 0.1, 200


@dataclass
class Plan:
    """The steps of a protocol and what they leave.

    Attributes:
        frame: The rows that are left.
        targets: Columns to predict, with `class` or `number`.
        columns: The rules of the target and group columns.
        steps: (step, why): steps as a protocol declares them.
        groups: The columns by which results are shown.
        remarks: Findings that the user should hear about.
    """

    frame: pd.DataFrame
    targets: dict[str, str]
    columns: dict[str, Column] = field(default_factory=dict)
    steps: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, step: dict[str, Any], why: str) -> None:
        """Takes a step and notes what it leaves."""
        parameters = {key: value for key, value in step.items() if key != "name"}
        made = STEPS.get(step["name"])(**parameters)
        context = Context(seed=0, salt=f"{len(self.steps)}", columns=self.columns)
        self.frame = made.apply(self.frame, context).frame
        self.steps.append((step, why))


def make_plan(look: Look) -> Plan:
    """Plans the steps for what was seen.

    Raises:
        SourceError: The rows do not suffice for three splits; says for which class.
    """
    plan = Plan(look.listing.frame.assign(split="", stratum=""), look.targets)
    _deduplicate(plan)
    _leave_out_strangers(plan, look)
    _leave_out_rare(plan, look)
    _declare(plan, look)
    by = _cells(plan, look)
    _divide(plan, look, by)
    return plan


def _deduplicate(plan: Plan) -> None:
    before = plan.frame
    copies = before.duplicated("sha256", keep=False)
    step = {
        "name": "deduplicate",
        "labels": list(plan.targets),
        "identical": "keep_one",
        "contradictory": "drop",
    }
    plan.add(
        step,
        "The same picture in train and test would flatter every model. Of files that "
        "are the same byte for byte one is kept, or none if their labels differ.",
    )
    if gone := len(before) - len(plan.frame):
        plan.remarks.append(
            f"copies of one another, byte for byte: {int(copies.sum()):,} files, of "
            f"which {gone:,} left out"
        )


def _leave_out_strangers(plan: Plan, look: Look) -> None:
    strangers = sorted(value for value, split in look.splits.items() if not split)
    present = set(plan.frame[look.split_column]) if look.split_column else set()
    if strangers := [value for value in strangers if value in present]:
        rows = int(plan.frame[look.split_column].isin(strangers).sum())
        plan.add(
            {"name": "drop", "where": {look.split_column: strangers}},
            "These values say of no split that the rows belong to it.",
        )
        plan.remarks.append(
            f"{rows:,} rows are left out: `{look.split_column}` says "
            f"{', '.join(map(repr, strangers))}, which is no split"
        )


def _leave_out_rare(plan: Plan, look: Look) -> None:
    """Leaves out classes that are too rare, until none is."""
    for name in [name for name, kind in plan.targets.items() if kind == CLASS] * 2:
        counts = plan.frame[name].value_counts()
        rare = {c: f"{n} images" for c, n in counts.items() if n < LEAST_ROWS}
        if look.together and not look.splits:
            owners = plan.frame.groupby(name)[look.together].nunique()
            few = owners[owners < LEAST_OWNERS]
            rare = {c: f"{n} {look.together}" for c, n in few.items()} | rare
        if look.splits:
            train = _rows_in(plan, look, "train")[name].value_counts()
            few = [c for c in counts.index if train.get(c, 0) < LEAST_ROWS]
            rare = {c: f"{train.get(c, 0)} train images" for c in few} | rare
        if len(counts) - len(rare) < 2:
            found = ", ".join(f"{c} {n}" for c, n in counts.head(10).items())
            raise SourceError(
                f"`{name}` must have at least 2 classes with {LEAST_ROWS} images or "
                f"more{', and with more persons or things' if look.together else ''}. "
                f"Received: {found}"
            )
        if rare:
            listed = ", ".join(f"{c} ({why})" for c, why in rare.items())
            plan.add(
                {"name": "drop", "where": {name: class_order(rare)}},
                f"Too rare to be learnt and tested: fewer than {LEAST_ROWS} images.",
            )
            plan.remarks.append(f"classes of `{name}` left out as too rare: {listed}")


def _rows_in(plan: Plan, look: Look, split: str) -> pd.DataFrame:
    values = [value for value, of in look.splits.items() if of == split]
    return plan.frame[plan.frame[look.split_column].isin(values)]


def _declare(plan: Plan, look: Look) -> None:
    """Declares the columns, with bands for numbers."""
    for name, kind in (look.targets | look.groups).items():
        values = plan.frame[name]
        if kind == CLASS:
            plan.columns[name] = Column(classes=class_order(values.unique()))
            continue
        low, high = float(values.min()), float(values.max())
        if low == high:
            raise SourceError(
                f"`{name}` must have more than one value to be predicted or to make "
                f"bands of. Received: {low:g} in each row"
            )
        bounds = [int(b) if b == int(b) else b for b in (low, high)]
        if name in look.targets:
            plan.columns[name] = Column(range=bounds)
        band = Band(column=name, into=name + BAND, edges=band_edges(values))
        plan.add(
            {"name": "band", "column": name, "into": band.into, "edges": band.edges},
            f"Results are shown by bands of {name}, and splits are alike in them.",
        )
        held = set(plan.frame[band.into])
        plan.columns[band.into] = Column(classes=[n for n in band.names if n in held])
    if len(plan.columns) > 1:
        plan.groups = [name for name, rule in plan.columns.items() if rule.classes]


def _cells(plan: Plan, look: Look) -> list[str]:
    """The columns within whose combinations rows are drawn.

    As many target columns as leave rows enough for the test in each combination:
    bands are given up first, then the columns with most classes.
    """
    by = [name if kind == CLASS else name + BAND for name, kind in look.targets.items()]
    by.sort(key=lambda name: (name.endswith(BAND), len(plan.columns[name].classes)))
    while len(by) > 1 and not _suffices(plan, look, by):
        by.pop()
    return by


def _suffices(plan: Plan, look: Look, by: list[str]) -> bool:
    if look.together:
        owners = plan.frame.groupby(cells_of(plan.frame, by))[look.together].nunique()
        if owners.min() < LEAST_OWNERS:
            return False
    return _rarest(plan, by) * SHARE >= _BALANCED_ROWS


def _rarest(plan: Plan, by: list[str]) -> int:
    """Rows of the rarest combination, 0 if one is absent."""
    sizes = cells_of(plan.frame, by).value_counts()
    absent = len(sizes) < prod(len(plan.columns[name].classes) for name in by)
    return 0 if absent else int(sizes.min())


def _divide(plan: Plan, look: Look, by: list[str]) -> None:
    given = set(look.splits.values()) - {""}
    together = {"together": look.together} if look.together else {}
    if given:
        _take_given(plan, look, given)
    if "test" not in given:
        _draw_test(plan, by, together)
    if "validation" not in given:
        least = {} if len(by) == 1 else {"minimum": 0}
        plan.add(
            {"name": "split", "train": 1 - SHARE, "validation": SHARE}
            | {"stratify": by}
            | least
            | together,
            "Validation: what stopping and every choice of a setting may look at.",
        )
    if look.together and given:
        torn = int((plan.frame.groupby(look.together)["split"].nunique() > 1).sum())
        if torn:
            plan.remarks.append(
                f"{torn:,} values of `{look.together}` have images in more than one of "
                "the splits that the data come with: a model may recognise them, which "
                "flatters it"
            )


def _take_given(plan: Plan, look: Look, given: set[str]) -> None:
    present = set(plan.frame[look.split_column])
    whole = {"train", "validation", "test"} <= given
    named = {
        split: sorted(
            v for v, of in look.splits.items() if of == split and v in present
        )
        for split in ("train", "validation", "test")
        # train rows stay free where validation is still to be drawn from them
        if split in given and (split != "train" or whole)
    }
    plan.add(
        {"name": "given", "column": look.split_column, **named},
        "The splits that the data come with.",
    )


def _draw_test(plan: Plan, by: list[str], together: dict[str, str]) -> None:
    cells = prod(len(plan.columns[name].classes) for name in by)
    rows = int(_rarest(plan, by) * SHARE)
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
