"""What a reader must know before training on these rows."""

from collections import Counter

from kpoc.evaluation.few import SAY_LITTLE
from kpoc.report import words
from kpoc.report.data.subject import Subject

TITLE = None
MISSING = None
PLACE = 30
_ODD = {
    "tiny": "under 16 pixels wide or high",
    "one colour": "of one colour all over",
    "almost black": "that are almost black",
    "wrong name": "with the name of another format",
}


def context(subject: Subject) -> dict | None:
    """Collect warnings; nothing to say is no section."""
    found = [*_files(subject), *_classes(subject)]
    return {"warnings": found} if found else None


def _files(subject: Subject) -> list[str]:
    findings = subject.findings.values()
    kinds = Counter(one.kind for one in findings if one.kind)
    found = []
    if kinds:
        listed = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
        found.append(
            f"Images that cannot be used: {listed}. Training stops at them, or leaves "
            "them out with unreadable=skip."
        )
    notes = Counter(kind for one in findings for kind in one.notes)
    found += [f"Images {text}: {notes[k]:,}." for k, text in _ODD.items() if notes[k]]
    return found


def _classes(subject: Subject) -> list[str]:
    manifest = subject.manifest
    train, test = manifest.rows("train"), manifest.rows("test")
    found = []
    for column in subject.class_columns:
        name = words.title(column)
        none = [c for c, n in subject.levels(column, train).items() if not n]
        if none:
            found.append(f"{name}: no image to train on of {words.listing(none)}.")
        few = {c: n for c, n in subject.levels(column, test).items() if n < SAY_LITTLE}
        if few:
            listed = words.listing([f"{c} ({n})" for c, n in few.items()])
            found.append(
                f"{name}: fewer than {SAY_LITTLE} test images of {listed}; figures "
                "on so few say little."
            )
    return found
