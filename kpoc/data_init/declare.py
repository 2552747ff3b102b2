"""Declares the columns of a protocol, with bands for numbers."""

from __future__ import annotations

from collections.abc import Mapping

from kpoc.data_init.bands import band_edges
from kpoc.data_init.columns import CLASS
from kpoc.data_init.look import BAND
from kpoc.data_init.odd_cells import spelt_alike
from kpoc.data_init.plan import Plan
from kpoc.data_init.words import class_order
from kpoc.protocols.manifest import Column
from kpoc.protocols.steps.band import Band
from kpoc.sources.source import SourceError


def declare_columns(plan: Plan, groups: Mapping[str, str]) -> None:
    """Declares targets and groups, with `class` or `number` by name.

    Raises:
        SourceError: A number is the same in all rows.
    """
    for name, kind in (plan.targets | groups).items():
        values = plan.frame[name]
        if kind == CLASS:
            plan.columns[name] = Column(classes=class_order(values.unique()))
            plan.remarks += [
                f"classes of `{name}` that differ in case or blanks only: "
                + ", ".join(f"{each!r} ({(values == each).sum():,})" for each in alike)
                + ". They are different classes; if they are one, give them one name"
                for alike in spelt_alike(plan.columns[name].classes)
            ]
            continue
        low, high = float(values.min()), float(values.max())
        if low == high:
            raise SourceError(
                f"`{name}` must have more than one value to be predicted or to make "
                f"bands of. Received: {low:g} in each row"
            )
        bounds = [int(b) if b == int(b) else b for b in (low, high)]
        if name in plan.targets:
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
