"""The same picture under several names, as the protocol found it."""

from pathlib import Path

import pandas as pd

from kpoc.ground.hashing import file_sha256
from kpoc.protocols.steps.deduplicate import (
    IN_TEST,
    IN_VALIDATION,
    OTHER_LABELS,
    SAME_LABELS,
)
from kpoc.report import numbers
from kpoc.report.data.subject import Subject

TITLE = "The same picture under several names"
MISSING = None
PLACE = 120

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
    firsts = [(names[0][0], names[0][0], digest) for digest, names in shown]
    made = subject.thumbnails(pd.DataFrame(firsts, columns=["id", "path", "sha256"]))
    return {
        "found": notes["contents_in_several_files"],
        "notes": [
            (name.replace("_", " "), numbers.count(n)) for name, n in notes.items()
        ],
        "parameters": steps[0]["parameters"],
        "groups": len(groups),
        "shown": [
            {
                "picture": made.found.get(names[0][0]),
                "names": names,
                "alone": len(names) == 1,
            }
            for _, names in shown
        ],
    }


def _groups(subject: Subject) -> list[tuple[str, list[tuple[str, bool]]]]:
    """SHA-256, and the names of the same bytes with whether each is among the rows.

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
    found = [(digest, sorted(names)) for digest, names in groups.items()]
    return sorted(found, key=lambda group: (-len(group[1]), group[1]))
