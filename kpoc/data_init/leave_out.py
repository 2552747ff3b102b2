"""Leaves rows out: broken images, copies, strangers to all splits, rare classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kpoc.data_init.columns import CLASS
from kpoc.data_init.look import settle_splits
from kpoc.data_init.plan import LEAST_OWNERS, LEAST_ROWS, Plan
from kpoc.data_init.words import class_order
from kpoc.sources.source import SourceError

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 10


def leave_out_unreadable(plan: Plan, ids: Sequence[str]) -> None:
    """Leaves out images that cannot be decoded, so that nothing counts on them."""
    if ids:
        _say_of_which(plan, set(ids))
        plan.add(
            {"name": "drop", "where": {"id": sorted(ids)}},
            "These images cannot be decoded. One that was repaired may be taken out of "
            "the list.",
        )


def deduplicate(plan: Plan) -> None:
    """Leaves out copies of one another, but no images of a test that is given."""
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
        "are the same byte for byte one is kept, or none if their labels differ."
        + (" Images of a test that the data come with stay." if plan.given else ""),
    )
    if gone := len(before) - len(plan.frame):
        plan.remarks.append(
            f"copies of one another, byte for byte: {int(copies.sum()):,} files, of "
            f"which {gone:,} left out"
            + _from_splits(plan, before[~before["id"].isin(plan.frame["id"])])
        )


def _say_of_which(plan: Plan, ids: set[str]) -> None:
    """Says of which classes and splits images cannot be decoded."""
    broken = plan.frame["id"].isin(ids)
    for name in [name for name, kind in plan.targets.items() if kind == CLASS]:
        whole = plan.frame[name].value_counts()
        lost = plan.frame.loc[broken, name].value_counts()
        gone = [f"{c} (all {n:,})" for c, n in lost.items() if n == whole[c]]
        if gone:
            plan.remarks.append(
                f"no image of these classes of `{name}` can be decoded, so nothing is "
                f"left of them: {', '.join(gone)}"
            )
        part = [f"{c} {n:,} of {whole[c]:,}" for c, n in lost.items() if n < whole[c]]
        if part:
            more = f", and {len(part) - _SHOWN} more" if len(part) > _SHOWN else ""
            plan.remarks.append(
                f"images that cannot be decoded, by `{name}`: "
                f"{', '.join(part[:_SHOWN])}{more}"
            )


def _from_splits(plan: Plan, rows: pd.DataFrame) -> str:
    """Of which splits that the data come with rows are, as the end of a sentence."""
    if not plan.given:
        return ""
    counts = rows["split"].replace("", "train").value_counts()
    return f" ({', '.join(f'{n:,} of {split}' for split, n in counts.items())})"


def leave_out_strangers(plan: Plan) -> None:
    """Leaves out rows of which the split column says no split."""
    strangers = sorted(value for value, split in plan.splits.items() if not split)
    present = set(plan.frame[plan.split_column]) if plan.split_column else set()
    if strangers := [value for value in strangers if value in present]:
        rows = int(plan.frame[plan.split_column].isin(strangers).sum())
        plan.add(
            {"name": "drop", "where": {plan.split_column: strangers}},
            "These values say of no split that the rows belong to it.",
        )
        plan.remarks.append(
            f"{rows:,} rows are left out: `{plan.split_column}` says "
            f"{', '.join(map(repr, strangers))}, which is no split"
        )


def leave_out_rare(plan: Plan) -> None:
    """Leaves out classes that are too rare, until none is.

    Raises:
        SourceError: Fewer than two are left; says why the others are too rare.
    """
    for name in [name for name, kind in plan.targets.items() if kind == CLASS] * 2:
        counts = plan.frame[name].value_counts()
        rare = _rare(plan, name)
        if len(counts) - len(rare) < 2:
            shown = counts.head(_SHOWN).items()
            found = ", ".join(f"{c} ({rare.get(c, f'{n} images')})" for c, n in shown)
            raise SourceError(
                f"`{name}` must have at least 2 classes with {LEAST_ROWS} images or "
                f"more{', and with more persons or things' if plan.together else ''}. "
                f"Received: {found or 'none'}"
                + "".join(f"; {remark}" for remark in plan.remarks)
            )
        if rare:
            listed = ", ".join(f"{c} ({why})" for c, why in rare.items())
            plan.add(
                {"name": "drop", "where": {name: class_order(rare)}},
                f"Too rare to be learnt and tested: fewer than {LEAST_ROWS} images.",
            )
            plan.remarks.append(f"classes of `{name}` left out as too rare: {listed}")


def _rare(plan: Plan, name: str) -> dict[str, str]:
    """The classes that are too rare, with what there is of them."""
    counts = plan.frame[name].value_counts()
    rare = {c: f"{n} images" for c, n in counts.items() if n < LEAST_ROWS}
    if plan.together and not plan.given:
        owners = plan.frame.groupby(name)[plan.together].nunique()
        few = owners[owners < LEAST_OWNERS]
        rare = {c: f"{n} {plan.together}" for c, n in few.items()} | rare
    if plan.given:
        train = plan.rows_in("train")[name].value_counts()
        few = [c for c in counts.index if train.get(c, 0) < LEAST_ROWS]
        rare = {c: f"{train.get(c, 0)} train images" for c in few} | rare
    return rare


def settle_given(plan: Plan) -> None:
    """Takes the splits that the data come with for what they are without those rows."""
    present = set(plan.frame[plan.split_column]) if plan.splits else set()
    gone = [v for v, split in plan.splits.items() if split and v not in present]
    if gone:
        left = {v: split for v, split in plan.splits.items() if v in present}
        plan.splits, remark = settle_splits(left)
        plan.remarks.append(
            f"nothing is left of {', '.join(gone)}: no image of it can be decoded and "
            "is of a class that train has. A split that lacks is drawn from the other "
            "rows"
        )
        plan.remarks += [remark] if remark else []
    if len(plan.given) < 2:
        plan.splits = {}
