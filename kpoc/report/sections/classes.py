"""Class by class: F1 and recall of every side, with intervals."""

from kpoc.report import cells, lookup, words
from kpoc.report.figures import interval_rows, style
from kpoc.report.figures.svg import draw_svg

TITLE = "Class by class"
MISSING = "No figures by class: no target has classes."
PLACE = 70

MOST_BARS = 12
# Figures in one table: 120 classes of four sides, 60 of eight.
MOST_CELLS = 900


def context(comparison: dict) -> dict | None:
    """Draw one figure and one table a class target and metric."""
    pairs = lookup.metrics(comparison, "class")
    if not pairs:
        return None
    names = lookup.side_names(comparison)
    return {
        "legend": style.legend(names),
        "names": names,
        "panels": [_panel(comparison, target, metric) for target, metric in pairs],
    }


def _panel(comparison: dict, target: str, metric: str) -> dict:
    names = lookup.side_names(comparison)
    scores = lookup.index(comparison["scores"])
    deltas = lookup.index(comparison["differences"])
    levels = lookup.levels(comparison, target, metric, "class")
    keys = [
        [(target, metric, "class", level, name) for name in names] for level in levels
    ]
    rows = [[scores.get(key) for key in line] for line in keys]
    known = [row for line in rows for row in line if row]
    decimals = lookup.decimals(known)
    title = f"{words.title(target)}: {words.metric_name(metric)}"
    shown = interval_rows.lowest(rows)
    most = MOST_CELLS // (2 * len(names) - 1)
    listed = interval_rows.lowest(rows, keep_order=True, most=most)
    svg = draw_svg(
        f"classes-{target}-{metric}",
        f"{title} of each class, every side, with intervals",
        interval_rows.draw,
        [str(levels[i]) for i in shown],
        interval_rows.series([rows[i] for i in shown]),
        words.metric_name(metric),
        # Bars begin at zero, which leaves many classes too little room to differ.
        bars=1 if len(shown) <= MOST_BARS else None,
    )
    return {
        "title": title,
        "meaning": words.metric_meaning(metric),
        "svg": svg,
        "cut": len(levels) - len(shown),
        "shown": len(shown),
        "omitted": len(levels) - len(listed),
        "rows": [
            {
                "level": levels[i],
                "n": next((row["n"] for row in rows[i] if row), None),
                "scores": [cells.score(row, decimals) for row in rows[i]],
                "differences": [
                    cells.difference(deltas.get(key), decimals) for key in keys[i][1:]
                ],
            }
            for i in listed
        ],
        "has_differences": any(key in deltas for line in keys for key in line),
    }
