"""How many images, how balanced, and whether all can be used."""

from kpoc.protocols.build import IMAGES_LEFT_OUT
from kpoc.protocols.manifest import SPLITS
from kpoc.report import cells, numbers, words
from kpoc.report.data.subject import Subject

TITLE = None
MISSING = None
PLACE = 10
_USES = {"train": "to train", "validation": "to validate", "test": "to test"}
_MOST_LINES = 4


def context(subject: Subject) -> dict:
    """Count splits, name the most unequal columns, count images that fail."""
    counts = subject.manifest.counts
    total = sum(counts.values())
    return {
        "description": subject.meta.get("description", ""),
        "total": cells.make_cell(("summary", "total"), total, numbers.count),
        "splits": [
            (
                cells.make_cell(("summary", split), counts[split], numbers.count),
                _USES[split],
                numbers.percent(counts[split] / total, 0),
            )
            for split in SPLITS
        ],
        "columns": _balance(subject)[:_MOST_LINES],
        "checked": len(subject.findings),
        "bad": sum(one.kind is not None for one in subject.findings.values()),
        "left_out": _left_out(subject),
    }


def _left_out(subject: Subject) -> list[str]:
    """What is not among the rows: by the source, then by each kind of step."""
    found: dict[str, int] = {}
    before = None
    for step in subject.steps:
        rows = step["counts"]["rows"]
        gone = (
            step["notes"].get(IMAGES_LEFT_OUT, 0) if before is None else before - rows
        )
        found[step["name"]] = found.get(step["name"], 0) + max(0, gone)
        before = rows
    by = {"source": "not read by the source"}
    return [f"{n:,} {by.get(name, f'by {name}')}" for name, n in found.items() if n]


def _to_one(ratio: float) -> str:
    return f"{numbers.significant(ratio)} : 1"


def _balance(subject: Subject) -> list[dict]:
    """Largest and smallest class of each column in train, the most unequal first."""
    found = []
    train = subject.manifest.rows("train")
    for column in subject.class_columns:
        levels = {name: n for name, n in subject.levels(column, train).items() if n}
        if len(levels) < 2:
            continue
        most, least = max(levels, key=levels.get), min(levels, key=levels.get)
        ratio = levels[most] / levels[least]
        found.append(
            {
                "name": words.title(column),
                "most": most,
                "least": least,
                "order": ratio,
                "ratio": cells.make_cell(("summary", "ratio", column), ratio, _to_one),
            }
        )
    return sorted(found, key=lambda one: -one["order"])
