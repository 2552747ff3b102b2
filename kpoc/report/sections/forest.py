"""Forest plots: how far each figure moved, and for whom."""

from collections.abc import Callable

from kpoc.report import lookup, numbers, words
from kpoc.report.figures import interval_rows, style
from kpoc.report.figures.svg import draw_svg

TITLE = "Differences at a glance"
MISSING = "No differences: the comparison has a single side."
PLACE = 50


def context(comparison: dict) -> dict | None:
    """Draw the overall differences by unit, then the primary target by level."""
    overall = [row for row in comparison["differences"] if row["group"] is None]
    if not overall:
        return None
    target, metric = lookup.primary(comparison)
    figures = [
        _figure(comparison, rows, "overall", title, _overall_label)
        for title, rows in _titled(_panels(overall))
    ]
    detail = _detail(comparison, target, metric)
    figures += [
        _figure(
            comparison, rows, "detail", _detail_title(rows, target), _level_label(rows)
        )
        for rows in detail
    ]
    names = lookup.side_names(comparison)
    return {
        "figures": figures,
        "baseline": names[0],
        "legend": style.legend(names)[1:],
        "has_detail": bool(detail),
        "target": target,
    }


def _panels(rows: list[dict]) -> list[list[dict]]:
    """Rows that can share an axis: the same unit and the same good direction."""
    panels: dict[tuple, list[dict]] = {}
    for row in sorted(rows, key=lambda row: not row["primary"]):
        panels.setdefault((row["unit"], row["better"]), []).append(row)
    return list(panels.values())


def _titled(panels: list[list[dict]]) -> list[tuple[str, list[dict]]]:
    """Titles by unit; of two panels with the same one each says its good direction."""
    titles = [f"Overall{_unit(rows)}" for rows in panels]
    return [
        (title if titles.count(title) == 1 else f"{title}, {direction}", rows)
        for title, rows in zip(titles, panels, strict=True)
        for direction in [words.direction(rows[0]["better"])]
    ]


def _detail(comparison: dict, target: str, metric: str) -> list[list[dict]]:
    rows = [row for row in comparison["differences"] if row["target"] == target]
    classes = [row for row in rows if row["group"] == "class" and row["metric"] == "f1"]
    groups = [
        row
        for row in rows
        if row["group"] not in (None, "class") and row["metric"] == metric
    ]
    return [panel for panel in (classes, groups) if panel]


def _detail_title(rows: list[dict], target: str) -> str:
    what = words.metric_name(rows[0]["metric"])
    if rows[0]["group"] == "class":
        return f"{words.title(target)}: {what} of each class"
    return f"{words.title(target)}: {what} within each group"


def _unit(rows: list[dict]) -> str:
    return f", in {rows[0]['unit']}" if rows[0]["unit"] else ""


def _overall_label(row: dict) -> str:
    star = "★ " if row["primary"] else ""
    return f"{star}{row['target']} {words.metric_name(row['metric'])}"


def _level_label(rows: list[dict]) -> Callable[[dict], str]:
    called = lookup.level_names(rows)
    return lambda row: called[row["group"], row["level"]]


def _figure(comparison: dict, rows: list[dict], kind: str, title: str, label) -> dict:
    names = lookup.side_names(comparison)
    keys = list(
        dict.fromkeys(
            (row["target"], row["metric"], row["group"], row["level"]) for row in rows
        )
    )
    found = lookup.index(rows)
    inverted = rows[0]["better"] == "lower"
    notes = []
    if inverted:
        notes.append("Lower is better, so the axis runs from right to left.")
    number = len(keys)
    keys = _largest(keys, found, names, interval_rows.fitting(len(names) - 1))
    if len(keys) < number:
        notes.append(
            f"The {len(keys)} of {number} with the largest differences either way."
        )
    first = [next(found[(*k, n)] for n in names if (*k, n) in found) for k in keys]
    series = [
        {
            "mark": i,
            "points": [
                (row["difference"], row["low"], row["high"]) if row else None
                for row in (found.get((*key, name)) for key in keys)
            ],
        }
        for i, name in enumerate(names)
        if i
    ]
    svg = draw_svg(
        f"forest-{kind}-{title}",
        f"Differences to {names[0]} with intervals: {title}",
        interval_rows.draw,
        [label(row) for row in first],
        series,
        f"difference to the baseline{_unit(rows)}",
        zero=True,
        inverted=inverted,
        strong=frozenset(i for i, row in enumerate(first) if row["primary"]),
    )
    return {"title": title, "svg": svg, "note": " ".join(notes)}


def _largest(keys: list[tuple], found: dict, names: list[str], most: int) -> list:
    """The keys with the largest differences, if not all fit; in their own order."""

    def size(key: tuple) -> float:
        rows = [found[*key, name] for name in names if (*key, name) in found]
        return max(
            (abs(r["difference"]) for r in rows if numbers.is_number(r["difference"])),
            default=0.0,
        )

    chosen = set(sorted(keys, key=size, reverse=True)[:most])
    return [key for key in keys if key in chosen]
