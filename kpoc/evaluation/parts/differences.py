"""How far each method lies from the baseline, in every figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from kpoc.evaluation.content import DifferenceRow
from kpoc.evaluation.part import PARTS, Part, Subject


@PARTS.register("differences")
class Differences(Part):
    """Read from the moments that the scores asked for.

    Attributes:
        rows: The differences, once they are read.
    """

    after = ("scores",)
    content = list[DifferenceRow]
    empty = None

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject, self._scores = subject, parts["scores"]

    def read(self, moments: Sequence) -> list[dict[str, Any]]:
        """One row a cell and method."""
        self.rows = self._scores.table.differences(self._subject.primary)
        return self.rows

    def notes(self) -> list[str]:
        """What intervals and p-values are corrected for."""
        exploratory = sum(not row["primary"] for row in self.rows)
        return [
            f"Intervals are {100 * self._subject.level:g} % each and count the test "
            f"rows and the seeds; they are not corrected for their number.",
            f"{exploratory} differences besides the primary metric are exploratory: "
            f"their verdicts follow p-values corrected (Holm) for the number of "
            f"overall figures, or of breakdowns, so an interval may leave zero out and "
            f"the verdict still be 'no clear difference'.",
        ]
