"""Confusion matrices as pictures, for more classes than a table can show."""

import math

import numpy as np

from kpoc.report import numbers
from kpoc.report.figures.svg import one_line

# More names than this cannot be read at the width of half a page.
MOST_NAMES = 40


def draw(classes: list[str], rates: np.ndarray):
    """Draw row-normalised rates; truth in rows, answers in columns.

    Colours follow the square root, so that rare confusions can be seen.

    Args:
        classes: Names, K of them.
        rates: (K, K) shares in 0 to 1; what is not a number stays grey.

    Returns:
        A matplotlib Figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    shown = _show(axes, rates)
    stride = math.ceil(len(classes) / MOST_NAMES)
    ticks = range(0, len(classes), stride)
    names = [_short(classes[i]) for i in ticks]
    size = 8 if len(classes) <= 20 else 6
    axes.set_xticks(ticks, names, rotation=90, fontsize=size)
    axes.set_yticks(ticks, names, fontsize=size)
    axes.set_ylabel("truth")
    axes.set_xlabel("answer")
    _scale(figure, shown, axes, shrink=0.6)
    return figure


def draw_wide(classes: list[str], panels: dict[str, np.ndarray]):
    """Draw several matrices of very many classes side by side, with every name once.

    Args:
        classes: Names, K of them.
        panels: Matrices by title, as in `draw`.

    Returns:
        A matplotlib Figure as wide as the page.
    """
    from matplotlib.figure import Figure

    height = 0.8 + 0.078 * len(classes)
    figure = Figure(figsize=(11.0, height), layout="constrained")
    several = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, rates) in zip(several, panels.items(), strict=True):
        shown = _show(axes, rates)
        axes.set_title(title)
        axes.set_xticks([])
        # names stand at the first panel alone; each that is laid out takes its time
        axes.set_yticks([])
        axes.set_xlabel("answer, in the same order")
    names = [_short(name, 22) for name in classes]
    several[0].set_yticks(range(len(classes)), names, fontsize=5.2)
    several[0].set_ylabel("truth")
    _scale(figure, shown, list(several), shrink=0.3)
    return figure


def _short(name: str, length: int = 14) -> str:
    return numbers.shorten(one_line(name), length)


def _show(axes, rates: np.ndarray):
    from matplotlib.colors import PowerNorm

    axes.set_facecolor("#e3e6ea")
    axes.tick_params(length=0)
    return axes.imshow(
        np.array(rates, float),
        cmap="Blues",
        norm=PowerNorm(0.5, vmin=0, vmax=1),
        interpolation="nearest",
        aspect="auto",
    )


def _scale(figure, shown, axes, shrink: float) -> None:
    ticks = [0, 0.05, 0.25, 0.5, 1]
    bar = figure.colorbar(shown, ax=axes, shrink=shrink, ticks=ticks)
    bar.ax.set_yticklabels([f"{100 * tick:g} %" for tick in ticks], fontsize=8)
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)
