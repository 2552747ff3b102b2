"""Whether probabilities mean what they say: the part of a comparison on calibration.

Of each target with classes and each side, with intervals from the one bootstrap:

- `ece`: expected calibration error (`kpoc.evaluation.calibration`). On few rows it is
  too large, by no more than `chance`, what chance alone makes of it: the lower end of
  its interval makes room for that. Differences need none: both sides have it;
- `overconfidence`: mean confidence less the accuracy; above 0 too sure;
- `nll`: negative log-likelihood, the mean of -log p[truth], in nats;
- `brier`: Brier's score in its form for several classes, the mean over the rows of
  the sum over k of (p_k - [truth is k])^2, in 0 to 2;
- the points of a reliability diagram.

With `calibrate`, the same after temperature scaling (`kpoc.evaluation.temperature`),
of the sides that bring validation predictions; each training has a temperature of its
own, fitted on its validation rows. Where the test rows have another mix of classes
(`mix`), so that a balanced test follows an unbalanced training, probabilities that are
right on the one are not on the other, and no temperature mends that.

Reference:
    Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather
    Review 78 (1950).
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kpoc.evaluation import predictions, scores
from kpoc.evaluation.bootstrap import Block, Moments
from kpoc.evaluation.calibration import BINS, chance_error, confidence_bins, excess
from kpoc.evaluation.cells import Cell, true_values
from kpoc.evaluation.content import Contrast, Interval, Judged, Number, Scored, or_empty
from kpoc.evaluation.intervals import contrast
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.evaluation.scores import CLASSES, Score
from kpoc.evaluation.scores.cross_entropy import negative_log
from kpoc.evaluation.scores.row_statistics import mean_of_count, ratio, with_count
from kpoc.evaluation.sides import Side
from kpoc.evaluation.temperature import fit_temperature, scale
from kpoc.ground.schema import Strict

NO_VALIDATION = "no validation predictions"
Models = Mapping[str, Sequence[Mapping[str, np.ndarray]]]


def _squares(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    of_truth = np.eye(probabilities.shape[1])[truth]
    return with_count(((probabilities - of_truth) ** 2).sum(axis=1))


def _too_sure(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    return with_count(-excess(truth, probabilities))


def _mean_score(name: str, rows: Callable, bounds: tuple[float, float]) -> Score:
    return Score(name, rows, mean_of_count, CLASSES, "lower", bounds)


NLL = _mean_score("nll", negative_log, (0.0, np.inf))
BRIER = _mean_score("brier", _squares, (0.0, 2.0))
OVERCONFIDENCE = _mean_score("overconfidence", _too_sure, (-1.0, 1.0))
FIGURES = (scores.get("ece"), OVERCONFIDENCE, NLL, BRIER)
# too sure is as bad as not sure enough: a difference of it would say nothing
COMPARED = tuple(score for score in FIGURES if score is not OVERCONFIDENCE)


@dataclasses.dataclass(frozen=True)
class _State:
    """The sides before or after scaling, with what the bootstrap is asked of them."""

    scaled: bool
    sides: list[Side]
    predicted: Models
    cells: list[Cell] = dataclasses.field(default_factory=list)
    diagrams: dict[tuple[str, str], int] = dataclasses.field(default_factory=dict)


class _Labels(Strict):
    scaled: bool
    target: str
    metric: str


class Figure(Interval, Scored, _Labels):
    """A figure of one side, raw or scaled; of `ece` also what chance makes."""

    per_seed: list[Number] = []
    chance: Number = None


class FigureDifference(Judged, Contrast, _Labels):
    """The difference of a side's figure from the baseline's."""


class Point(Strict):
    """A mark of a reliability diagram."""

    bin: int
    confidence: Number
    accuracy: Number
    low: Number
    high: Number
    rows: Number


class Diagram(Strict):
    """The marks of one side."""

    scaled: list[Point] | None = None
    raw: list[Point]


class Calibration(Strict):
    """Calibration of all sides."""

    bins: int
    calibrated: bool
    mix: dict[str, Number] = {}
    scores: list[Figure]
    differences: list[FigureDifference]
    diagrams: dict[str, dict[str, Diagram]]
    temperatures: dict[str, dict[str, list[Number]]]
    not_scaled: dict[str, str]


@PARTS.register("calibration")
class Reliability(Part):
    """Asks for the figures of all sides, and again of those that are scaled."""

    after = ("scores",)
    content = or_empty(Calibration)

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject = subject
        sides, targets, calibrate = subject.sides, subject.targets, subject.calibrate
        truth, predicted = subject.truth, subject.predicted
        manifest = subject.manifest
        self.truth = truth
        self.classes = {k: t["classes"] for k, t in targets.items() if t["classes"]}
        self.names = [side.name for side in sides]
        self.calibrate = calibrate
        self.mix = {name: mix(manifest, name) for name in self.classes}
        self.states = [_State(False, list(sides), predicted)]
        self.temperatures: dict[str, list[dict[str, float]]] = {}
        if calibrate:
            able = [side for side in sides if side.validation]
            self.temperatures = {s.name: temperatures(s, self.classes) for s in able}
            scaled = {
                side.name: [
                    {k: scale(model[k], fitted[k]) for k in self.classes}
                    for model, fitted in zip(
                        predicted[side.name], self.temperatures[side.name], strict=True
                    )
                ]
                for side in able
            }
            self.states.append(_State(True, able, scaled))
        for state in self.states:
            self._ask(state)

    def _ask(self, state: _State) -> None:
        blocks = self._subject.blocks
        models = [model for side in state.sides for model in state.predicted[side.name]]
        for target in self.classes if models else ():
            truth = self.truth[target]
            for score in FIGURES:
                columns = [score.rows(truth, model[target]) for model in models]
                place = {"block": len(blocks), "finish": 0, "n": len(truth)}
                labels = {"group": None, "level": None, "unit": None}
                state.cells.append(Cell(target, score, **labels, **place))
                blocks.append(Block(np.stack(columns, axis=1), (score.finish,)))
            for side in state.sides:
                rows = sum(
                    _hits_and_counts(truth, model[target])
                    for model in state.predicted[side.name]
                )
                state.diagrams[target, side.name] = len(blocks)
                blocks.append(Block(rows[:, None], (_accuracies,)))

    def read(self, moments: Sequence[Sequence[Moments]]) -> dict[str, Any]:
        """The figures of every side; {} without targets with classes."""
        free, level = self._subject.free, self._subject.level
        if not self.classes:
            return {}
        found: dict[str, Any] = {
            "bins": BINS,
            "calibrated": self.calibrate,
            "mix": self.mix,
            "scores": [],
            "differences": [],
            "diagrams": {target: {} for target in self.classes},
            "temperatures": {
                target: {
                    side: [fitted[target] for fitted in of_side]
                    for side, of_side in self.temperatures.items()
                }
                for target in self.classes
            },
            "not_scaled": {
                name: NO_VALIDATION
                for name in self.names
                if self.calibrate and name not in self.temperatures
            },
        }
        for state in self.states:
            table = self._subject.table(state.cells, moments, state.sides)
            for row in table.scores():
                row["chance"] = None
                if row["metric"] == "ece":
                    models = state.predicted[row["side"]]
                    chances = [chance_error(model[row["target"]]) for model in models]
                    row["chance"] = np.mean(chances)
                    row["low"] = np.maximum(0.0, row["low"] - row["chance"])
                found["scores"].append(_trim(row, state.scaled))
            if state.sides and state.sides[0].name == self.names[0]:
                compared = [c for c in state.cells if c.score in COMPARED]
                table = self._subject.table(compared, moments, state.sides)
                found["differences"] += [
                    _trim(row, state.scaled) for row in table.differences(("", ""))
                ]
            for (target, side), block in state.diagrams.items():
                models = [model[target] for model in state.predicted[side]]
                key = "scaled" if state.scaled else "raw"
                place = found["diagrams"][target].setdefault(side, {"scaled": None})
                place[key] = _points(models, moments[block][0], free, level)
        return found


def temperatures(
    side: Side, classes: Mapping[str, Sequence[str]]
) -> list[dict[str, float]]:
    """The temperature of each training and target, fitted on its validation rows.

    Args:
        side: A side with validation predictions.
        classes: Classes of each target.
    """
    found = []
    for table, rows in side.validation:
        aligned = predictions.align(table, rows["id"].astype(str), classes)
        found.append(
            {
                name: fit_temperature(true_values(rows[name], labels), aligned[name])
                for name, labels in classes.items()
            }
        )
    return found


def mix(manifest: pd.DataFrame, target: str) -> float | None:
    """Share of the test rows in another class than the validation rows would have it.

    The total variation distance of the two shares by class; None without both splits.

    Example:
        >>> rows = {"split": ["test"] * 4 + ["validation"] * 4, "a": list("xxyyxxxy")}
        >>> mix(pd.DataFrame(rows), "a")
        0.25
    """
    if "split" not in manifest:
        return None
    shares = [
        manifest.loc[manifest["split"] == split, target].value_counts(normalize=True)
        for split in ("test", "validation")
    ]
    if any(share.empty for share in shares):
        return None
    return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)


def _trim(row: Mapping[str, Any], scaled: bool) -> dict[str, Any]:
    left_out = ("better", "unit", "group", "level", "primary")
    return {"scaled": scaled, **{k: v for k, v in row.items() if k not in left_out}}


def _hits_and_counts(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Whether each row is right, in its bin's column, then 1 there; (n, 2 BINS)."""
    rows, bins = np.arange(len(truth)), confidence_bins(probabilities, BINS)
    columns = np.zeros((len(truth), 2 * BINS), np.float32)
    columns[rows, bins] = probabilities.argmax(axis=1) == truth
    columns[rows, BINS + bins] = 1
    return columns


def _accuracies(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., :BINS], sums[..., BINS:])


def _points(
    models: Sequence[np.ndarray], moments: Moments, free: float, level: float
) -> list[dict[str, float]]:
    """One point a bin that holds rows, those of all seeds together."""
    confidence = np.concatenate([model.max(axis=1) for model in models])
    bins = np.concatenate([confidence_bins(model, BINS) for model in models])
    counts = np.bincount(bins, minlength=BINS)
    sums = np.bincount(bins, confidence, minlength=BINS)
    points = []
    for place in np.flatnonzero(counts):
        found = contrast(
            moments.estimate[place],
            moments.covariance[place],
            [(1.0, [0])],
            rows_df=free * counts[place] / len(models),
            level=level,
            bounds=(0.0, 1.0),
        )
        points.append(
            {
                "bin": place,
                "confidence": sums[place] / counts[place],
                "accuracy": found.estimate,
                "low": found.low,
                "high": found.high,
                "rows": counts[place] / len(models),
            }
        )
    return points
