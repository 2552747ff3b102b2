"""A confusion matrix as a picture, for more classes than a table can show."""

import math

from kpoc.report import numbers
from kpoc.report.figures.svg import one_line


def draw(classes: list[str], rates: list[list]):
    """Draw row-normalised rates; truth in rows, answers in columns.

    Args:
        classes: Names, K of them.
        rates: K x K shares in 0 to 1; what is not a number stays hatched grey.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor("#e3e6ea")
    picture = axes.imshow(
        [
            [rate if numbers.is_number(rate) else math.nan for rate in row]
            for row in rates
        ],
        cmap="Blues",
        vmin=0,
        vmax=1,
        interpolation="nearest",
        aspect="auto",
    )
    # More names than this cannot be read at the figure's size.
    stride = math.ceil(len(classes) / 40)
    ticks = range(0, len(classes), stride)
    names = [numbers.shorten(one_line(classes[i]), 14) for i in ticks]
    size = 8 if len(classes) <= 20 else 6
    axes.set_xticks(ticks, names, rotation=90, fontsize=size)
    axes.set_yticks(ticks, names, fontsize=size)
    axes.tick_params(length=0)
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    bar = figure.colorbar(picture, ax=axes, shrink=0.6, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["0 %", "50 %", "100 %"], fontsize=8)
    bar.outline.set_visible(False)
    return figure
