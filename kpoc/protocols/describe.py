"""A manifest in words: how many rows after each step, and what was left out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kpoc.ground.text import visible
from kpoc.pictures.paths import LEADS_OUT, LINKS_REMEDY

if TYPE_CHECKING:
    from kpoc.protocols.manifest import Manifest

SHOWN = 3


def describe(manifest: Manifest) -> str:
    """Counts after every step of the protocol, and the reported files.

    Args:
        manifest: A manifest that `build_manifest` made.

    Returns:
        Lines for a terminal.
    """
    meta = manifest.meta
    lines = [f"{meta['protocol']}: {meta['description']}"]
    for step in meta["steps"]:
        counts = {"rows": 0} | step["counts"]
        parts = [f"{name} {count:,}" for name, count in counts.items() if count]
        lines.append(f"  after {step['name']:12} {', '.join(parts)}")
    lines += _unreadable(meta["steps"])
    if "published" in meta:
        differences = meta["published"]["differences"]
        parts = [f"{name} {count:+,}" for name, count in differences.items()]
        lines.append(f"against {meta['published']['source']}: {', '.join(parts)}")
    lines.append(f"digest: {manifest.digest}")
    lines += describe_reported(meta["reported"])
    return "\n".join(lines)


def _unreadable(steps: list[dict]) -> list[str]:
    """Classes of which nothing is left once single images are dropped."""
    lines = []
    for before, step in pairwise(steps):
        if step["name"] != "drop" or "id" not in step["parameters"]["where"]:
            continue
        for column, labels in before["labels"].items():
            left = step["labels"][column].get("classes", {})
            gone = {c: n for c, n in labels.get("classes", {}).items() if c not in left}
            listed = ", ".join(f"{c} (all {n:,})" for c, n in gone.items())
            if gone:
                lines.append(f"  single images are dropped, and so `{column}` {listed}")
    return lines


def describe_reported(reported: list[dict[str, str]]) -> list[str]:
    """Each reason with its number of files and the first of them."""
    by_reason: dict[str, list[str]] = {}
    for entry in reported:
        by_reason.setdefault(entry["reason"], []).append(entry["name"])
    lines = [f"reported: {len(reported)} file(s)"] if reported else []
    for reason, names in by_reason.items():
        shown = ", ".join(map(visible, names[:SHOWN])) + (
            ", ..." if len(names) > SHOWN else ""
        )
        lines.append(f"  {len(names)}: {reason}: {shown}")
    if LEADS_OUT in by_reason:
        lines.append(f"  note: {LINKS_REMEDY}")
    return lines
