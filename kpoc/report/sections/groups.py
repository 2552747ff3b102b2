"""Results by group: every level's figures, and the gap between best and worst."""

from kpoc.evaluation.few import FEW_ROWS, SAY_LITTLE
from kpoc.report import cells, lookup, numbers, words
from kpoc.report.figures import interval_rows, style
from kpoc.report.figures.svg import draw_svg

TITLE = "Results by group"
MISSING = "No results by group: the task names no groups."
PLACE = 110


def context(comparison: dict) -> dict | None:
    """Draw one figure a target and group; every metric is in the tables."""
    groups = lookup.group_columns(comparison)
    if not groups:
        return None
    names = lookup.side_names(comparison)
    made = [_group(comparison, group) for group in groups]
    return {
        "legend": style.legend(names),
        "names": names,
        "few": SAY_LITTLE,
        "enough": FEW_ROWS,
        "groups": made,
        "fairness": any(gap["fairness"] for group in made for gap in group["gaps"]),
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
    gaps = _gaps(comparison, group)
    left_out = {level for gap in gaps for level in gap["left_out"]}
    return {
        "name": words.title(group),
        "figures": figures,
        "blocks": blocks,
        "gaps": gaps,
        "left_out": sorted(left_out),
    }


def _block(comparison: dict, target: str, metric: str, group: str) -> dict:
    names = lookup.side_names(comparison)
    scores = lookup.index(comparison["scores"])
    deltas = lookup.index(comparison["differences"])
    levels = lookup.levels(comparison, target, metric, group)
    keys = [
        [(target, metric, group, level, name) for name in names] for level in levels
    ]
    rows = [[scores.get(key) for key in line] for line in keys]
    known = [row for line in rows for row in line if row]
    decimals = lookup.decimals(known)
    unit = lookup.unit(known)
    return {
        "target": target,
        "title": _title(target, words.metric_name(metric), unit),
        "axis": words.metric_name(metric) + (f", {unit}" if unit else ""),
        "metric": metric,
        "direction": words.direction(known[0]["better"]),
        "levels": levels,
        "lines": rows,
        "rows": [
            {
                "level": level,
                "n": next((row["n"] for row in line if row), None),
                "scores": [
                    {
                        "score": cells.score(row, decimals),
                        "delta": cells.difference(deltas.get(key), decimals),
                    }
                    for key, row in zip(key_line, line, strict=True)
                ],
            }
            for level, line, key_line in zip(levels, rows, keys, strict=True)
        ],
    }


def _title(target: str, what: str, unit: str = "") -> str:
    return f"{words.title(target)}: {what}" + (f" ({unit})" if unit else "")


def _gaps(comparison: dict, group: str) -> list[dict]:
    """One row a figure, sides beside each other, the primary target first."""
    found = comparison["gaps"] or {"scores": [], "differences": []}
    rows: dict[tuple, dict] = {}
    for table, field in (("scores", "sides"), ("differences", "deltas")):
        for row in found[table]:
            if row["group"] == group:
                key = (row["target"], row["measure"], row["metric"])
                line = rows.setdefault(key, {"sides": {}, "deltas": {}})
                line[field][row["side"]] = row
    first = lookup.primary(comparison)[0]
    names = lookup.side_names(comparison)
    return [
        _gap(*key, line, names)
        for key, line in sorted(rows.items(), key=lambda item: item[0][0] != first)
    ]


def _gap(
    target: str, measure: str, metric: str | None, line: dict, names: list[str]
) -> dict:
    known = list(line["sides"].values())
    decimals = lookup.decimals(known)
    parts = ("gaps", target, measure, metric, known[0]["group"])

    def write(value: float) -> str:
        return numbers.fixed(value, decimals)

    def side(name: str) -> dict:
        row = line["sides"][name]
        chance = cells.make_cell((*parts, name, "chance"), row["chance"], write)
        estimate = cells.estimate((*parts, name), row, "estimate", decimals)
        return {
            "estimate": estimate,
            "chance": chance,
            "ends": _ends(row),
            "delta": delta(name),
        }

    def delta(name: str) -> dict | None:
        row = line["deltas"].get(name)
        return row and {
            "estimate": cells.estimate(
                ("gaps", "difference", *parts[1:], name),
                row,
                "difference",
                decimals,
                True,
            ),
            "look": words.verdict_look(row["verdict"]),
        }

    truth = known[0]["truth"]
    what = words.metric_name(metric or measure)
    return {
        "title": _title(target, what, lookup.unit(known)),
        "fairness": metric is None,
        "left_out": known[0]["left_out"],
        "truth": None
        if truth is None
        else cells.make_cell((*parts, "truth"), truth, write),
        "sides": [side(name) for name in names],
    }


def _ends(row: dict) -> str:
    """The two levels that make the gap, in words; empty where none stand out."""
    if row["worst"] is None:
        return ""
    if row["metric"] is None:
        return f"{row['worst']} least, {row['best']} most"
    return f"{row['worst']} worst, {row['best']} best"


def _figure(block: dict, group: str):
    shown = interval_rows.lowest(block["lines"], keep_order=True)
    return draw_svg(
        f"groups-{group}-{block['target']}-{block['metric']}",
        f"{block['title']} by {group}, every side, with intervals",
        interval_rows.draw,
        [_label(block["rows"][i]) for i in shown],
        interval_rows.series([block["lines"][i] for i in shown]),
        block["axis"],
        width=3.5,
    )


def _label(row: dict) -> str:
    if row["n"] is None:
        return str(row["level"])
    # Long names are cut to make room: the number of rows must stay.
    return f"{numbers.shorten(str(row['level']), 18)} ({numbers.count(row['n'])})"
