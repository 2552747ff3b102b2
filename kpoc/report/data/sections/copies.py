"""The same picture under several names, as the protocol found it."""

from pathlib import Path

import pandas as pd

from kpoc.data.hashing import file_sha256
from kpoc.data.steps.deduplicate import (
    IN_TEST,
    IN_VALIDATION,
    OTHER_LABELS,
    SAME_LABELS,
)
from kpoc.report import numbers
from kpoc.report.data.subject import Subject

TITLE = "The same picture under several names"
MISSING = None

MOST_SHOWN = 12
_STEP = "deduplicate"
_COPIES = {IN_TEST, IN_VALIDATION, OTHER_LABELS, SAME_LABELS}


def context(subject: Subject) -> dict | None:
    """Show what the step that looks for copies reported."""
    steps = [step for step in subject.steps if step["name"] == _STEP]
    if not steps:
        return None
    notes = steps[0]["notes"]
    groups = _groups(subject)
    shown = groups[:MOST_SHOWN]
    made = subject.thumbnails(
        pd.DataFrame(
            [{"id": g[0][0], "path": g[0][0], "sha256": ""} for g in shown],
            columns=["id", "path", "sha256"],
        )
    )
    return {
        "found": notes["contents_in_several_files"],
        "notes": [
            (name.replace("_", " "), numbers.count(n)) for name, n in notes.items()
        ],
        "parameters": steps[0]["parameters"],
        "groups": len(groups),
        "shown": [
            {
                "picture": made.found.get(group[0][0]),
                "names": group,
                "alone": len(group) == 1,
            }
            for group in shown
        ],
    }


def _groups(subject: Subject) -> list[list[tuple[str, bool]]]:
    """Names of the same bytes, and whether each is among the rows.

    Those with the most names come first.
    """
    root = subject.manifest.root
    kept = dict(
        zip(subject.manifest.table["sha256"], subject.manifest.table["id"], strict=True)
    )
    groups: dict[str, list[tuple[str, bool]]] = {}
    for entry in subject.meta["reported"]:
        file = Path(root, entry["name"]) if root else None
        if entry["reason"] in _COPIES and file and file.is_file():
            groups.setdefault(file_sha256(file), []).append((entry["name"], False))
    for digest, names in groups.items():
        if digest in kept:
            names.insert(0, (kept[digest], True))
    return sorted(map(sorted, groups.values()), key=lambda names: (-len(names), names))
