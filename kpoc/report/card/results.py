"""Tables of scores for a card, from rows as a comparison has them."""

from kpoc.evaluation.few import FEW_ROWS
from kpoc.report import lookup, numbers, words
from kpoc.report.card.document import Grid


def estimate(row: dict | None, decimals: int, signed: bool = False) -> str:
    """A figure with its interval, where it has one."""
    if row is None:
        return "–"
    value = row.get("estimate", row.get("difference"))
    if not numbers.is_number(value):
        return numbers.NOT_AVAILABLE
    text = numbers.fixed(value, decimals, signed)
    if numbers.is_number(row["low"]) and numbers.is_number(row["high"]):
        ends = [numbers.fixed(row[end], decimals, signed) for end in ("low", "high")]
        text += f" [{ends[0]}, {ends[1]}]"
    return text


def decimals(rows: list[dict]) -> int:
    """Digits that suit some rows; without intervals three, two for one with a unit."""
    if any(numbers.is_number(row["low"]) for row in rows):
        return lookup.decimals(rows)
    return 2 if lookup.unit(rows) else 3


def name(target: str, metric: str, rows: list[dict]) -> str:
    """A figure's name: `age mean absolute error (years)`."""
    unit = lookup.unit(rows)
    return f"{target} {words.metric_name(metric)}" + (f" ({unit})" if unit else "")


def overall(
    rows: list[dict], primary: tuple[str, str], differences: list[dict] | None
) -> Grid:
    """Figures of all rows, the primary one first, with differences if there are any."""
    lines = []
    chosen = [row for row in rows if row["group"] is None]
    chosen.sort(key=lambda row: (row["target"], row["metric"]) != primary)
    found = {(row["target"], row["metric"]): row for row in differences or []}
    for row in chosen:
        key = (row["target"], row["metric"])
        digits = decimals([row, *([found[key]] if key in found else [])])
        mark = " (primary)" if key == primary else ""
        line = [
            name(*key, [row]) + mark,
            words.direction(row["better"]),
            estimate(row, digits),
        ]
        if differences is not None:
            line += [estimate(found.get(key), digits, True), _verdict(found.get(key))]
        lines.append([*line, numbers.count(row["n"])])
    header = ["Figure", "", "Value"]
    if differences is not None:
        header += ["Difference to the baseline", "Verdict"]
    return Grid([*header, "Rows"], lines, numbers=1)


def _verdict(row: dict | None) -> str:
    return "–" if row is None else row["verdict"]


def by_level(rows: list[dict], group: str, title: str) -> Grid:
    """Every figure by the levels of a group, or of `class` for one target's classes."""
    chosen = [row for row in rows if row["group"] == group]
    figures = list(dict.fromkeys((row["target"], row["metric"]) for row in chosen))
    levels = list(dict.fromkeys(row["level"] for row in chosen))
    by_figure = {
        key: [row for row in chosen if (row["target"], row["metric"]) == key]
        for key in figures
    }
    digits = {key: decimals(by_figure[key]) for key in figures}
    found = {(r["target"], r["metric"], r["level"]): r for r in chosen}
    counts = {row["level"]: row["n"] for row in chosen}
    return Grid(
        ["", "Rows", *(name(*key, by_figure[key]) for key in figures)],
        [
            [
                level,
                numbers.count(counts[level]),
                *(estimate(found.get((*key, level)), digits[key]) for key in figures),
            ]
            for level in levels
        ],
        title,
        numbers=len(figures) + 1,
    )


def gaps(rows: list[dict]) -> Grid | None:
    """Best less worst level of each figure and group, from scores without intervals."""
    lines: dict[tuple, list[dict]] = {}
    for row in rows:
        enough = row["n"] >= FEW_ROWS and numbers.is_number(row["estimate"])
        if row["group"] not in (None, "class") and enough:
            key = (row["group"], row["target"], row["metric"])
            lines.setdefault(key, []).append(row)
    made = []
    for (group, target, metric), of_figure in lines.items():
        if len(of_figure) < 2:
            continue
        ranked = sorted(of_figure, key=lambda row: row["estimate"])
        gap = ranked[-1]["estimate"] - ranked[0]["estimate"]
        ends = ranked if ranked[0]["better"] == "higher" else ranked[::-1]
        made.append(
            [
                group,
                name(target, metric, of_figure),
                ends[0]["level"],
                ends[-1]["level"],
                numbers.fixed(gap, decimals(of_figure)),
            ]
        )
    header = ["Group", "Figure", "Worst", "Best", "Gap"]
    return Grid(header, made, "Gaps between groups", 1) if made else None
