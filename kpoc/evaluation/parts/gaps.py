"""Who is served worst, by how much: the part of a comparison on gaps between groups.

For each target, score and group column the **gap**, the best level's score less the
worst's. For a binary target and a group column other than itself also

- the **demographic parity difference**: the largest less the smallest share of rows
  that are given the second class;
- the **equalised odds difference**: the larger of the same two differences of the true
  and of the false positive rate, undefined rates passed over.

(Which class counts as positive changes neither.) Like any figure, a side's gap is the
mean over its seeds of each training's own. A gap is never below 0: on few rows chance
alone makes one, all the larger the more levels there are. `chance` is how large: the
mean over the resamples of the gap of the levels' deviations from their own scores, as
if the true scores were all the same. The lower end of a gap's interval makes room for
that; differences need none, as both sides have it. Levels with fewer rows than
`FEW_ROWS` are left out, since they would decide alone.

Reference:
    The two differences as in fairlearn; Hardt, Price, Srebro, Equality of Opportunity
    in Supervised Learning, NeurIPS 2016.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kpoc.evaluation.bootstrap import Block, Joint, Moments
from kpoc.evaluation.cells import CLASS, Cell, shown_group
from kpoc.evaluation.content import Contrast, Interval, Judged, Number, Scored, or_empty
from kpoc.evaluation.few import FEW_ROWS
from kpoc.evaluation.part import PARTS, Part, Subject
from kpoc.evaluation.scores import Score
from kpoc.evaluation.scores.row_statistics import (
    confusion_marginals,
    ratio,
    split_marginals,
)
from kpoc.evaluation.table import Table
from kpoc.ground.schema import Strict

GAP = "gap"
PARITY = "demographic_parity_difference"
ODDS = "equalized_odds_difference"


def spread(scores: np.ndarray) -> np.ndarray:
    """Largest less smallest along the first axis; NaN where fewer than two are known.

    Example:
        >>> spread(np.array([[0.5, 0.5], [0.8, np.nan], [np.nan, np.nan]])).tolist()
        [0.30000000000000004, nan]
    """
    two = np.isfinite(scores).sum(axis=0) > 1
    return np.where(two, np.fmax.reduce(scores) - np.fmin.reduce(scores), np.nan)


def rates(sums: np.ndarray) -> np.ndarray:
    """Selection, true positive and false positive rate of class 1; shape (..., 3).

    Args:
        sums: Sums of `confusion_marginals` of a binary target, (..., 6).
    """
    right, predicted, true = split_marginals(sums)
    wrong = predicted[..., 1] - right[..., 1]
    return np.stack(
        [
            ratio(predicted[..., 1], true.sum(axis=-1)),
            ratio(right[..., 1], true[..., 1]),
            ratio(wrong, true[..., 0]),
        ],
        axis=-1,
    )


def _first(scores: np.ndarray) -> np.ndarray:
    return spread(scores[..., 0, :])


def _odds(scores: np.ndarray) -> np.ndarray:
    return np.fmax(spread(scores[..., 1, :]), spread(scores[..., 2, :]))


@dataclasses.dataclass(frozen=True)
class _Asked:
    """One figure, the levels it is of, and where the bootstrap's answers will be."""

    cell: Cell
    measure: str
    levels: list[Cell]
    left_out: list[str]
    chance: int
    truth: float | None


class _Labels(Strict):
    target: str
    metric: str | None
    measure: str
    unit: str | None = None
    group: str


class GapRow(Interval, Scored, _Labels):
    """A gap of one side, with the levels that make it and what chance alone makes."""

    per_seed: list[Number] = []
    worst: str | None
    best: str | None
    levels: int
    left_out: list[str]
    chance: Number
    truth: Number


class GapDifference(Judged, Contrast, _Labels):
    """The difference of a side's gap from the baseline's."""


class GapTables(Strict):
    """Gaps of all sides."""

    scores: list[GapRow]
    differences: list[GapDifference]


@PARTS.register("gaps")
class Gaps(Part):
    """Asks for figures of several levels together, in the same resample."""

    after = ("scores",)
    content = or_empty(GapTables)

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject, self.blocks = subject, subject.blocks
        self.asked: list[_Asked] = []
        truth, models = subject.truth, subject.models
        by_figure: dict[tuple, list[Cell]] = {}
        regions: dict[str, dict[str, Cell]] = {}
        for cell in parts["scores"].cells:
            if cell.group in (None, CLASS):
                continue
            key = (cell.target, cell.score.name, cell.group)
            by_figure.setdefault(key, []).append(cell)
            regions.setdefault(cell.group, {})[cell.level] = cell
        for levels in by_figure.values():
            self._ask(GAP, levels[0].score, levels, _first)
        for name, target in subject.targets.items():
            for group, places in regions.items():
                if target["kind"] == "binary" and group != shown_group(name):
                    self._ask_fairness(name, group, places, truth[name], models)

    def _ask_fairness(
        self,
        target: str,
        group: str,
        places: Mapping[str, Cell],
        truth: np.ndarray,
        models: Sequence[Mapping[str, np.ndarray]],
    ) -> None:
        columns = [confusion_marginals(truth, model[target]) for model in models]
        statistics = np.stack(columns, axis=1)
        levels, shares = [], []
        for level, place in places.items():
            rows = self.blocks[place.block].rows
            score = Score(
                "share", confusion_marginals, rates, frozenset(), "lower", (0, 1)
            )
            levels.append(
                Cell(target, score, group, level, len(rows), None, len(self.blocks), 0)
            )
            self.blocks.append(Block(statistics[rows], (rates,), rows))
            if len(rows) >= FEW_ROWS:
                shares.append((truth[rows] == 1).mean())
        self._ask(PARITY, score, levels, _first, np.ptp(shares) if shares else None)
        self._ask(ODDS, score, levels, _odds)

    def _ask(
        self,
        measure: str,
        score: Score,
        levels: Sequence[Cell],
        finish: Callable[[np.ndarray], np.ndarray],
        truth: float | None = None,
    ) -> None:
        counted = [cell for cell in levels if cell.n >= FEW_ROWS]
        if len(counted) < 2:
            return
        low, high = score.bounds
        members = tuple((cell.block, cell.finish) for cell in counted)
        cell = dataclasses.replace(
            counted[0],
            score=dataclasses.replace(score, better="lower", bounds=(0.0, high - low)),
            level=None,
            n=sum(cell.n for cell in counted),
            block=len(self.blocks),
            finish=0,
        )
        left_out = [cell.level for cell in levels if cell.n < FEW_ROWS]
        chance = len(self.blocks) + 1
        self.blocks += [Joint(members, finish), Joint(members, finish, centred=True)]
        self.asked.append(_Asked(cell, measure, counted, left_out, chance, truth))

    def read(self, moments: Sequence[Sequence[Moments]]) -> dict[str, Any]:
        """Gaps of every side and their differences."""
        sides = self._subject.sides
        table = self._subject.table([each.cell for each in self.asked], moments)
        scores = []
        rows = iter(table.scores())
        for asked in self.asked:
            for side in sides:
                models = table.models[side.name]
                (found,) = moments[asked.chance]
                chance = found.mean[0, models].mean()
                row = _trim(next(rows), asked)
                row["low"] = np.maximum(0.0, row["low"] - chance)
                scores.append(
                    {
                        **row,
                        **_ends(asked, moments, models),
                        "levels": len(asked.levels),
                        "left_out": asked.left_out,
                        "chance": chance,
                        "truth": asked.truth,
                    }
                )
        return {"scores": scores, "differences": self._differences(table)}

    def _differences(self, table: Table) -> list[dict[str, Any]]:
        rows = table.differences(("", ""))
        methods = len(table.names) - 1
        asked = [each for each in self.asked for _ in range(methods)]
        return [_trim(row, each) for row, each in zip(rows, asked, strict=True)]


def _trim(row: Mapping[str, Any], asked: _Asked) -> dict[str, Any]:
    metric = asked.cell.score.name if asked.measure == GAP else None
    kept = {k: v for k, v in row.items() if k not in ("better", "level", "primary")}
    return {**kept, "measure": asked.measure, "metric": metric}


def _ends(
    asked: _Asked, moments: Sequence[Sequence[Moments]], models: Sequence[int]
) -> dict[str, str | None]:
    """The worst and the best level by the mean over seeds; of shares the smallest."""
    known = {}
    for cell in asked.levels:
        value = moments[cell.block][cell.finish].estimate[0, models].mean()
        if np.isfinite(value):
            known[cell.level] = value
    ends = (min(known, key=known.get), max(known, key=known.get)) if known else ()
    if asked.measure == ODDS or not ends or known[ends[0]] == known[ends[1]]:
        return {"worst": None, "best": None}
    if asked.measure == GAP and asked.levels[0].score.better == "lower":
        ends = ends[::-1]
    return {"worst": ends[0], "best": ends[1]}
