"""How it was measured: all that is needed to doubt the figures, or redo them."""

from kpoc.report import cells, lookup, numbers, words
from kpoc.report.flatten import flatten

TITLE = "How this was measured"
MISSING = None
PLACE = 190


def context(comparison: dict) -> dict:
    """Gather data, statistics, command, versions, weights and machines."""
    data, settings = comparison["data"], comparison["settings"]
    metrics = dict.fromkeys(row["metric"] for row in comparison["scores"])
    return {
        "comparison": comparison,
        "counts": {
            split: cells.make_cell(("data", "counts", split), n, numbers.count)
            for split, n in (data.get("counts") or {}).items()
        },
        "scorings": cells.make_cell(
            ("data", "test_scorings"),
            data.get("test_scorings"),
            numbers.count,
            "not logged",
        ),
        "strata": cells.make_cell(
            ("data", "strata"), data.get("strata"), numbers.count, "not known"
        ),
        "resamples": cells.make_cell(
            ("settings", "resamples"),
            settings.get("resamples"),
            numbers.count,
            "not known",
        ),
        "level": cells.make_cell(
            ("settings", "level"),
            settings.get("level"),
            lambda value: numbers.percent(value, 0),
            "not known",
        ),
        "glossary": [
            (words.metric_name(metric), words.metric_meaning(metric))
            for metric in metrics
            if words.metric_meaning(metric)
        ],
        "names": lookup.side_names(comparison),
        "recorded": [s["name"] for s in comparison["sides"] if lookup.is_recorded(s)],
        "environment": _environment(comparison["sides"]),
    }


def _environment(sides: list[dict]) -> dict | None:
    """One row a fact; a single column where all sides that say so agree."""
    found = [flatten(side.get("environment") or {}) for side in sides]
    keys = list(dict.fromkeys(key for one in found for key in one))
    if not keys:
        return None
    rows = [
        (key, [one.get(key, numbers.NOT_AVAILABLE) for one in found]) for key in keys
    ]
    return {"rows": rows, "same": all(len(set(row)) == 1 for _, row in rows)}
