"""Whether the true class is among the k most probable: one curve a side."""

from kpoc.report import cells, lookup, words
from kpoc.report.figures import bands, style
from kpoc.report.figures.svg import draw_svg

TITLE = "Among the k most probable"
MISSING = None
PLACE = 60


def context(comparison: dict) -> dict | None:
    """Draw one figure and one table a target with many classes."""
    found = comparison["top_k"]
    if not found:
        return None
    names = lookup.side_names(comparison)
    return {
        "legend": style.legend(names),
        "names": names,
        "panels": [_panel(target, curves, names) for target, curves in found.items()],
    }


def _panel(target: str, curves: dict, names: list[str]) -> dict:
    empty: list = [None] * len(curves["k"])
    series = [curves["sides"].get(name, empty) for name in names]
    points = [point for of_side in series for point in of_side if point]
    decimals = lookup.decimals(points)
    title = f"{words.title(target)}: top-k accuracy"
    return {
        "title": title,
        "svg": draw_svg(
            f"top-k-{target}",
            f"{title}, every side, with intervals; the table has the numbers",
            bands.draw,
            [str(k) for k in curves["k"]],
            series,
            "share of images",
            "k",
        ),
        "rows": [
            {
                "k": k,
                "scores": [
                    _cell((target, name, k), of_side[i], decimals)
                    for name, of_side in zip(names, series, strict=True)
                ],
            }
            for i, k in enumerate(curves["k"])
        ],
    }


def _cell(parts: tuple, point: dict | None, decimals: int) -> cells.Estimate | None:
    if point is None:
        return None
    return cells.estimate(("top_k", *parts), point, "estimate", decimals)
