"""What is not among the rows, and why."""

from kpoc.report import cells, numbers
from kpoc.report.data.subject import Subject

TITLE = "Left out, and why"
MISSING = "Nothing was left out but what the steps say."
PLACE = 130

_MOST_EXAMPLES = 5


def context(subject: Subject) -> dict | None:
    """Count the reported files by reason, with some of their names."""
    reasons: dict[str, list[str]] = {}
    for entry in subject.meta["reported"]:
        reasons.setdefault(entry["reason"], []).append(entry["name"])
    if not reasons:
        return None
    return {
        "rows": [
            {
                "reason": reason,
                "files": cells.make_cell(
                    ("left_out", reason), len(names), numbers.count
                ),
                "examples": names[:_MOST_EXAMPLES],
                "more": len(names) > _MOST_EXAMPLES,
            }
            for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1]))
        ]
    }
