"""What each step of the protocol left."""

from kpoc.protocols.manifest import SPLITS
from kpoc.report import cells, numbers
from kpoc.report.data.subject import Subject

TITLE = "What the protocol did"
MISSING = None
PLACE = 40

_MOST_VALUES = 200


def context(subject: Subject) -> dict:
    """One row a step: rows after it, and how many it took away."""
    rows, before = [], None
    for i, step in enumerate(subject.steps):
        counts = step["counts"]
        rows.append(
            {
                "name": step["name"],
                "what": _parameters(step["parameters"], is_source=not i),
                "notes": _notes(step["notes"]),
                "rows": _cell((i, "rows"), counts["rows"]),
                "change": _cell(
                    (i, "change"),
                    None if before is None else counts["rows"] - before,
                    signed=True,
                ),
                "splits": [_cell((i, split), counts[split]) for split in SPLITS],
            }
        )
        before = counts["rows"]
    return {
        "splits": SPLITS,
        "rows": rows,
        "published": _published(subject.meta.get("published")),
    }


def _cell(key: tuple, value: int | None, signed: bool = False) -> cells.Cell:
    return cells.make_cell(
        ("steps", *key), value, lambda n: numbers.fixed(n, 0, signed), "none before"
    )


def _parameters(parameters: dict, is_source: bool) -> str:
    """Parameters as one line: `column: age; maximum: 80`."""
    given = {
        name: value
        for name, value in parameters.items()
        if value is not None and (is_source or name != "name")
    }
    return "; ".join(f"{name}: {_value(value)}" for name, value in given.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " and ".join(f"{key} = {_value(item)}" for key, item in value.items())
    if isinstance(value, list):
        more = len(value) - _MOST_VALUES
        listed = ", ".join(map(str, value[:_MOST_VALUES]))
        return f"{listed}, and {more:,} more" if more > 0 else listed
    return f"{value:g}" if isinstance(value, float) else str(value)


def _notes(notes: dict) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')}: {value:,}"
        if isinstance(value, int)
        else f"{name.replace('_', ' ')}: {value}"
        for name, value in notes.items()
    )


def _published(published: dict | None) -> dict | None:
    if published is None:
        return None
    return {
        "source": published["source"],
        "rows": [
            (
                split,
                numbers.count(count),
                numbers.fixed(published["differences"][split], 0, signed=True),
            )
            for split, count in published["counts"].items()
        ],
    }
