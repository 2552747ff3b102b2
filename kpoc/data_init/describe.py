"""What `kpoc data init` says: what it saw, what it left alone, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from kpoc.data_init.columns import CLASS
from kpoc.ground.text import align, visible
from kpoc.protocols.describe import describe_reported

if TYPE_CHECKING:
    from kpoc.data_init.make import Initialised
    from kpoc.pictures.images import Finding

_CLASSES = 20
_SHOWN = 3


def describe_init(made: Initialised) -> str:
    """Lines for a terminal."""
    look, plan = made.look, made.plan
    below = "" if Path(look.place).resolve() == look.root else f" below {look.root}"
    lines = [visible(f"{look.place}: {len(look.listing.frame):,} images{below}")]
    lines += _table(look.taken)
    for name, kind in look.targets.items():
        lines += map(visible, _target(made, name, kind))
    if look.not_taken:
        lines.append("not used:")
        lines += _table(look.not_taken)
    notes = describe_reported(made.manifest.meta["reported"])
    notes += [f"note: {remark}" for remark in (*look.remarks, *plan.remarks)]
    lines += map(visible, [*notes, *_unreadable(made.unreadable)])
    counts = ", ".join(f"{n:,} {split}" for split, n in made.manifest.counts.items())
    lines += [f"rows: {counts}", "written:"]
    lines += [visible(f"  {path}") for path in made.files]
    lines += ["next:", *(f"  {command}" for command in made.commands)]
    return "\n".join(lines)


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    cells = [list(map(visible, row)) for row in rows]
    return [indent(align(cells), "  ")] if rows else []


def _target(made: Initialised, name: str, kind: str) -> Sequence[str]:
    values = made.look.listing.frame[name]
    if kind != CLASS:
        quarters = values.quantile([0.05, 0.5, 0.95]).tolist()
        low, middle, high = (f"{value:g}" for value in quarters)
        return [f"{name}: {middle} in the middle, 90 % from {low} to {high}"]
    counts = values.value_counts()
    shown = [f"{label} {n:,}" for label, n in counts.head(_CLASSES).items()]
    more = f", and {len(counts) - _CLASSES} more" if len(counts) > _CLASSES else ""
    return [f"{name}: {len(counts)} classes: {', '.join(shown)}{more}"]


def _unreadable(unreadable: Sequence[Finding]) -> list[str]:
    if not unreadable:
        return []
    lines = [f"note: images that cannot be decoded are left out: {len(unreadable):,}"]
    lines += [f"  {one.path}: {one.reason}" for one in unreadable[:_SHOWN]]
    return lines + (["  ..."] if len(unreadable) > _SHOWN else [])
