"""Every side's scores: overall, by class and by level of each group."""

from collections.abc import Mapping, Sequence
from typing import Any

from kpoc.evaluation.bootstrap import Moments
from kpoc.evaluation.cells import plan
from kpoc.evaluation.content import ScoreRow
from kpoc.evaluation.part import PARTS, Part, Subject


@PARTS.register("scores")
class Scores(Part):
    """Asks for the statistics of every score, in all rows and in each level.

    Attributes:
        cells: What is scored.
        table: Rows of scores and differences, once they are read.
        rows: The scores, once they are read.
    """

    content = list[ScoreRow]
    empty = None

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject = subject
        self.cells = plan(
            subject.blocks,
            subject.targets,
            subject.truth,
            subject.models,
            subject.frame,
            subject.groups,
        )

    def read(self, moments: Sequence[Sequence[Moments]]) -> list[dict[str, Any]]:
        """One row a cell and side."""
        self.table = self._subject.table(self.cells, moments)
        self.rows = self.table.scores()
        return self.rows

    def warnings(self) -> list[str]:
        """Cells to be careful with."""
        return self.table.warnings(self.rows)
