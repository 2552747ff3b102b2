"""The error along the range of a number: age by ten-year band."""

from kpoc.report import cells, lookup, numbers, words
from kpoc.report.figures import bands as figure
from kpoc.report.figures import style
from kpoc.report.figures.svg import draw_svg

TITLE = "Error by band"
MISSING = "No error by band: no regression target has bands among the task's groups."
PLACE = 130


def context(comparison: dict) -> dict | None:
    """Draw one figure and one table a regression target with bands."""
    found = comparison.get("bands") or {}
    if not found:
        return None
    names = lookup.side_names(comparison)
    return {
        "legend": style.legend(names),
        "names": names,
        "panels": [
            _panel(comparison, target, band, names) for target, band in found.items()
        ],
    }


def _panel(comparison: dict, target: str, band: dict, names: list[str]) -> dict:
    empty: list = [None] * len(band["labels"])
    series = [band["sides"].get(name, empty) for name in names]
    decimals = lookup.decimals(
        [point for points in series for point in points if point]
    )
    unit = (comparison["targets"].get(target) or {}).get("unit") or ""
    metric = words.metric_name(band["metric"])
    title = f"{words.title(target)}: {metric} by band"
    svg = draw_svg(
        f"bands-{target}",
        f"{title}, every side, with intervals",
        figure.draw,
        [str(label) for label in band["labels"]],
        series,
        f"{metric}{', ' + unit if unit else ''}",
    )
    return {
        "title": title,
        "unit": unit,
        "svg": svg,
        "rows": [
            {
                "label": label,
                "n": n,
                "scores": [
                    _cells((target, name, i), points[i], decimals)
                    for name, points in zip(names, series, strict=True)
                ],
            }
            for i, (label, n) in enumerate(
                zip(band["labels"], band["support"], strict=True)
            )
        ],
    }


def _cells(parts: tuple, point: dict | None, decimals: int) -> cells.Estimate | None:
    if point is None:
        return None

    def write(value: float) -> str:
        return numbers.fixed(value, decimals)

    return cells.Estimate(
        *(
            cells.make_cell(("bands", *parts, field), point.get(field), write, reason)
            for field, reason in (
                ("estimate", "no test rows in this band"),
                ("low", "no interval was computed here"),
                ("high", "no interval was computed here"),
            )
        )
    )
