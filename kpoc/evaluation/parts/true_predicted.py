"""True against predicted numbers: how often each pair occurs, and the usual answer."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpoc.evaluation.content import Number
from kpoc.evaluation.few import FEW_IN_BIN
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.ground.schema import Strict

CELLS = 40
LINE_BINS = 10
QUANTILES = (0.1, 0.5, 0.9)


def true_predicted(
    targets: Mapping[str, Mapping],
    truth: Mapping[str, np.ndarray],
    predicted: Mapping[str, Sequence[Mapping[str, np.ndarray]]],
) -> dict[str, dict]:
    """Counts of (true, predicted) pairs and quantiles of the predictions.

    All seeds count: each row is there once a seed, as each was predicted by a model.
    Predictions beyond the ends stand in the last cell and are counted.

    Args:
        targets: Plain targets.
        truth: By target, values or class codes.
        predicted: By side, the aligned predictions of each seed.

    Returns:
        By regression target: `edges` of the cells, the same for both axes;
        `bins`, with `edges` along the truth and `support`; `quantiles`; and by side
        the `counts` (truth in rows), how many lie `beyond`, and `lines`, one list of
        quantiles a bin, None where a bin has fewer than
        `FEW_IN_BIN` rows.
    """
    found = {}
    for name, target in targets.items():
        if target["classes"] is not None or not len(truth[name]):
            continue
        edges = cell_edges(truth[name], target["range"])
        step = math.ceil((len(edges) - 1) / LINE_BINS)
        bins = np.unique([*edges[::step], edges[-1]])
        support = np.histogram(truth[name], bins)[0]
        found[name] = {
            "edges": edges,
            "bins": {"edges": bins, "support": support},
            "quantiles": list(QUANTILES),
            "sides": {
                side: _of_side(truth[name], [m[name] for m in models], edges, bins)
                for side, models in predicted.items()
            },
        }
    return found


def cell_edges(truth: np.ndarray, bounds: Sequence[float] | None) -> np.ndarray:
    """Edges of at most 40 equal cells over the target's range, or that of the truth.

    Whole numbers, such as years, get cells that hold equally many of them; others
    would leave stripes.

    Example:
        >>> cell_edges(np.array([3.0, 7.0]), [1, 80])[[0, 1, -1]].tolist()
        [0.5, 2.5, 80.5]
    """
    low, high = bounds if bounds else (truth.min(), truth.max())
    low, high = min(low, truth.min()), max(high, truth.max())
    if (truth == np.round(truth)).all():
        low, high = math.floor(low), math.ceil(high)
        width = math.ceil((high - low + 1) / CELLS)
        return low - 0.5 + width * np.arange(math.ceil((high - low + 1) / width) + 1)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, CELLS + 1)


def _of_side(
    truth: np.ndarray,
    predictions: Sequence[np.ndarray],
    edges: np.ndarray,
    bins: np.ndarray,
) -> dict[str, Any]:
    true = np.tile(truth, len(predictions))
    guess = np.concatenate(predictions)
    inside = np.clip(guess, edges[0], edges[-1])
    place = np.clip(np.searchsorted(bins, true, side="right") - 1, 0, len(bins) - 2)
    lines = []
    for k in range(len(bins) - 1):
        here = guess[place == k]
        enough = len(here) >= FEW_IN_BIN * len(predictions)
        lines.append(np.quantile(here, QUANTILES) if enough else None)
    return {
        "counts": np.histogram2d(true, inside, (edges, edges))[0].astype(np.int64),
        "beyond": (guess != inside).sum(),
        "lines": lines,
    }


class Bins(Strict):
    """Bins along the truth, and how many rows each holds."""

    edges: list[float]
    support: list[int]


class Pairs(Strict):
    """The pairs of one side."""

    counts: list[list[int]]
    beyond: int
    lines: list[list[Number] | None]


class Density(Strict):
    """How often each pair of truth and prediction occurs."""

    edges: list[float]
    bins: Bins
    quantiles: list[float]
    sides: dict[str, Pairs]


@PARTS.register("true_predicted")
class TruePredicted(Part):
    """Asks the bootstrap nothing."""

    content = dict[str, Density]

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject = subject

    def read(self, moments: Sequence) -> dict[str, dict]:
        """By regression target its pairs."""
        subject = self._subject
        return true_predicted(subject.targets, subject.truth, subject.predicted)
