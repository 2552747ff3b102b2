"""The rows of a comparison: scores and differences of all cells, with verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kpoc.evaluation import checks, verdict
from kpoc.evaluation.bootstrap import Moments
from kpoc.evaluation.cells import CLASS, Cell
from kpoc.evaluation.few import FEW_ROWS
from kpoc.evaluation.intervals import Interval, contrast, holm
from kpoc.evaluation.sides import Side


class Table:
    """Rows of scores and differences from the moments of all cells.

    Args:
        sides: The sides, the baseline first.
        cells: All cells.
        moments: By block and finish, what the bootstrap gave.
        free: Share of the rows that are degrees of freedom: 1 - strata / rows.
        level: Confidence level.
    """

    def __init__(
        self,
        sides: Sequence[Side],
        cells: Sequence[Cell],
        moments: Sequence[Sequence[Moments]],
        free: float,
        level: float,
    ) -> None:
        self.names = [side.name for side in sides]
        ends = np.cumsum([len(side.seeds) for side in sides])
        self.models = {
            side.name: list(range(end - len(side.seeds), end))
            for side, end in zip(sides, ends, strict=True)
        }
        self.cells, self.moments = cells, moments
        self.free, self.level = free, level

    def _contrast(
        self, cell: Cell, signed: list, bounds: tuple[float, float]
    ) -> Interval:
        found = self.moments[cell.block][cell.finish]
        return contrast(
            found.estimate[cell.part],
            found.covariance[cell.part],
            signed,
            rows_df=self.free * cell.n,
            level=self.level,
            bounds=bounds,
        )

    @staticmethod
    def _labels(cell: Cell) -> dict[str, Any]:
        return {
            "target": cell.target,
            "metric": cell.score.name,
            "better": cell.score.better,
            "unit": cell.unit,
            "group": cell.group,
            "level": cell.level,
        }

    def scores(self) -> list[dict[str, Any]]:
        """One row a cell and side."""
        rows = []
        for cell in self.cells:
            per_model = self.moments[cell.block][cell.finish].estimate[cell.part]
            for name, models in self.models.items():
                found = self._contrast(cell, [(1.0, models)], cell.score.bounds)
                rows.append(
                    {
                        **self._labels(cell),
                        "side": name,
                        "n": cell.n,
                        "estimate": found.estimate,
                        "low": found.low,
                        "high": found.high,
                        "per_seed": per_model[models],
                    }
                )
        return rows

    def differences(self, primary: tuple[str, str]) -> list[dict[str, Any]]:
        """One row a cell and method, against the first side."""
        baseline, *methods = self.names
        rows = []
        for cell in self.cells:
            is_primary = (
                cell.group is None and (cell.target, cell.score.name) == primary
            )
            for name in methods:
                signed = [(1.0, self.models[name]), (-1.0, self.models[baseline])]
                found = self._contrast(cell, signed, (-np.inf, np.inf))
                rows.append(
                    {
                        **self._labels(cell),
                        "side": name,
                        "baseline": baseline,
                        "difference": found.estimate,
                        "low": found.low,
                        "high": found.high,
                        "p": found.p,
                        "primary": is_primary,
                    }
                )
        # three questions, each with its own correction: the dozens of breakdowns must
        # not drown the few overall figures
        families: dict[tuple[bool, bool], list[dict]] = {}
        for row in rows:
            key = (row["primary"], row["group"] is None)
            families.setdefault(key, []).append(row)
        for family in families.values():
            corrected = holm([row["p"] for row in family])
            for row, p in zip(family, corrected, strict=True):
                row["p_holm"] = p
                row["verdict"] = verdict.decide(
                    row["difference"], p, row["better"], self.level
                )
        return rows

    def warnings(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Warnings about single cells, from the rows of scores."""

        def label(row: Mapping[str, Any]) -> str:
            place = f" {row['group']}={row['level']}" if row["group"] else ""
            return f"{row['target']} {row['metric']}{place}"

        few = {
            f"{cell.target}.{cell.level} ({cell.n})"
            if cell.group == CLASS
            else f"{cell.group}={cell.level} ({cell.n})": None
            for cell in self.cells
            if cell.group and cell.n < FEW_ROWS
        }
        vanished = {
            label(self._labels(cell)): None
            for cell in self.cells
            if self.moments[cell.block][cell.finish].undefined[cell.part]
        }
        fixed = {label(row): None for row in rows if np.isnan(row["low"])}
        return checks.cell_warnings(list(few), list(vanished), list(fixed), self.level)
