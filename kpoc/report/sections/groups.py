"""Results by group, with the gap between the best and the worst served."""

from kpoc.report import cells, lookup, numbers, words
from kpoc.report.figures import interval_rows, style
from kpoc.report.figures.svg import draw_svg

TITLE = "Results by group"
MISSING = "No results by group: the task names no groups."
FEW = 30


def context(comparison: dict) -> dict | None:
    """Draw one figure a target and group; every metric is in the table."""
    groups = lookup.group_columns(comparison)
    if not groups:
        return None
    names = lookup.side_names(comparison)
    return {
        "legend": style.legend(names),
        "names": names,
        "few": FEW,
        "groups": [_group(comparison, group) for group in groups],
    }


def _group(comparison: dict, group: str) -> dict:
    pairs = lookup.metrics(comparison, group)
    blocks = [_block(comparison, target, metric, group) for target, metric in pairs]
    drawn = dict.fromkeys(target for target, _ in pairs)
    figures = []
    for target in drawn:
        # A target's first metric stands for it; the primary one comes first.
        block = next(block for block in blocks if block["target"] == target)
        figures.append({"title": block["title"], "svg": _figure(block, group)})
    return {"name": words.title(group), "figures": figures, "blocks": blocks}


def _block(comparison: dict, target: str, metric: str, group: str) -> dict:
    names = lookup.side_names(comparison)
    scores = lookup.index(comparison["scores"])
    levels = lookup.levels(comparison, target, metric, group)
    rows = [
        [scores.get((target, metric, group, level, name)) for name in names]
        for level in levels
    ]
    known = [row for line in rows for row in line if row]
    decimals = lookup.decimals(known)
    unit = lookup.unit(known)
    return {
        "target": target,
        "title": f"{words.title(target)}: {words.metric_name(metric)}"
        + (f" ({unit})" if unit else ""),
        "axis": words.metric_name(metric) + (f", {unit}" if unit else ""),
        "metric": metric,
        "direction": words.direction(known[0]["better"]),
        "levels": levels,
        "lines": rows,
        "rows": [
            {
                "level": level,
                "n": next((row["n"] for row in line if row), None),
                "scores": [cells.score(row, decimals) for row in line],
            }
            for level, line in zip(levels, rows, strict=True)
        ],
        "gaps": [
            _gap([line[i] for line in rows], (target, metric, group, name), decimals)
            for i, name in enumerate(names)
        ],
    }


def _gap(rows: list[dict | None], parts: tuple, decimals: int) -> dict:
    known = [row for row in rows if row and numbers.is_number(row["estimate"])]
    gap = worst = None
    if len(known) > 1:
        known.sort(key=lambda row: row["estimate"])
        gap = known[-1]["estimate"] - known[0]["estimate"]
        worst = known[0 if known[0]["better"] == "higher" else -1]["level"]
    cell = cells.make_cell(
        ("gap", *parts),
        gap,
        lambda value: numbers.fixed(value, decimals),
        "fewer than two levels have a figure",
    )
    return {"cell": cell, "worst": worst}


def _figure(block: dict, group: str):
    shown = interval_rows.lowest(block["lines"], keep_order=True)
    return draw_svg(
        f"groups-{group}-{block['target']}-{block['metric']}",
        f"{block['title']} by {group}, every side, with intervals",
        interval_rows.draw,
        [str(block["levels"][i]) for i in shown],
        interval_rows.series([block["lines"][i] for i in shown]),
        block["axis"],
        width=3.5,
    )
