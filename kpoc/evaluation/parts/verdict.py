"""The answer on the primary metric, as one code and in words."""

from collections.abc import Mapping, Sequence

from kpoc.evaluation import content, verdict
from kpoc.evaluation.part import PARTS, Part, Subject


@PARTS.register("verdict")
class Verdict(Part):
    """Read from the primary rows of scores and differences."""

    after = ("scores", "differences")
    content = content.Verdict
    empty = None

    def __init__(self, subject: Subject, parts: Mapping[str, Part]) -> None:
        self._subject = subject
        self._scores, self._differences = parts["scores"], parts["differences"]

    def read(self, moments: Sequence) -> dict[str, str]:
        """The code over all methods, and a sentence or two for each."""
        main = [row for row in self._differences.rows if row["primary"]]
        scored = {
            row["side"]: row
            for row in self._scores.rows
            if row["group"] is None
            and (row["target"], row["metric"]) == self._subject.primary
        }
        seeds = {side.name: len(side.seeds) for side in self._subject.sides}
        level = self._subject.level
        sentences = [
            verdict.sentence(row, scored, seeds, level=level, methods=len(main))
            for row in main
        ]
        return {
            "code": verdict.overall([row["verdict"] for row in main]),
            "text": "\n".join(sentences),
        }
