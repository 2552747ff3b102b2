"""True against predicted numbers: one small panel a side."""

from kpoc.report import cells, lookup, numbers, words
from kpoc.report.columns import column_width
from kpoc.report.figures import density
from kpoc.report.figures.svg import draw_svg

TITLE = "True against predicted"
MISSING = "No true against predicted: no target is a number."
PLACE = 140

PANEL = 250


def context(comparison: dict) -> dict | None:
    """Draw one panel a side and regression target, with a table of the lines."""
    found = comparison["true_predicted"]
    if not found:
        return None
    names = lookup.side_names(comparison)
    return {
        "names": names,
        "width": column_width(len(names), PANEL),
        "targets": [
            _target(comparison, target, one, names) for target, one in found.items()
        ],
    }


def _target(comparison: dict, target: str, found: dict, names: list[str]) -> dict:
    unit = (comparison["targets"].get(target) or {}).get("unit") or ""
    title = words.title(target)
    top = max(
        n for side in found["sides"].values() for row in side["counts"] for n in row
    )
    panels = [
        {
            "side": name,
            "svg": draw_svg(
                f"true-predicted-{target}-{name}",
                f"{title}, {name}: true against predicted, the density of the test "
                "rows with the diagonal and the median; the table has the numbers",
                density.draw,
                found["sides"][name],
                found["edges"],
                found["bins"]["edges"],
                top,
                position,
                f" {target}" + (f", {unit}" if unit else ""),
            ),
        }
        for position, name in enumerate(names)
        if name in found["sides"]
    ]
    return {
        "title": title,
        "unit": unit,
        "panels": panels,
        "quantiles": [numbers.percent(share, 0) for share in found["quantiles"]],
        "beyond": [
            cells.make_cell(
                ("true_predicted", target, name, "beyond"),
                side["beyond"],
                numbers.count,
            )
            for name, side in found["sides"].items()
        ],
        "is_beyond": any(side["beyond"] for side in found["sides"].values()),
        "rows": _rows(target, found, names),
    }


def _rows(target: str, found: dict, names: list[str]) -> list[dict]:
    edges = found["bins"]["edges"]
    decimals = numbers.span_decimals(edges[0], edges[-1])

    def estimate(name: str, i: int) -> cells.Estimate | None:
        line = found["sides"].get(name, {"lines": {}})["lines"][i]
        if line is None:
            return None
        low, middle, high = (
            cells.make_cell(
                ("true_predicted", target, name, i, k),
                value,
                lambda value: numbers.fixed(value, decimals),
            )
            for k, value in enumerate(line)
        )
        return cells.Estimate(middle, low, high)

    return [
        {
            "label": _label(edges[i], edges[i + 1], decimals),
            "n": n,
            "lines": [estimate(name, i) for name in names],
        }
        for i, n in enumerate(found["bins"]["support"])
    ]


def _label(low: float, high: float, decimals: int) -> str:
    """Bins of whole numbers begin and end between two of them."""
    if low % 1 == high % 1 == 0.5:
        low, high = low + 0.5, high - 0.5
    if low % 1 == high % 1 == 0:
        decimals = 0
    return f"{numbers.fixed(low, decimals)} to {numbers.fixed(high, decimals)}"
