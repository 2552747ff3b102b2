"""Step `deduplicate`: one row for each different image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import pydantic

from kpoc.protocols.step import (
    Context,
    Outcome,
    ProtocolError,
    Step,
    register_step,
    require_columns,
)

if TYPE_CHECKING:
    import pandas as pd

OTHER_LABELS = "the same image has other labels under another name"
SAME_LABELS = "the same image and labels stand under another name"
IN_TEST = "the same image is in the test that the data come with"
IN_VALIDATION = "the same image is in the validation that the data come with"


@register_step("deduplicate")
class Deduplicate(Step):
    """Treats files that are the same byte for byte.

    Splits that were assigned before (`given`) keep their meaning: a test stays whole,
    copies of its images leave all other rows; copies of other validation images leave
    the rows for training. What is said below is done among the rows that are left.

    A missing file can change only rows that have the same bytes as it has: its copy
    takes its place, or is no longer contradicted.

    Attributes:
        labels: The columns in which copies are compared.
        identical: What becomes of copies with equal labels: keep the one with the
            lowest hash, or drop them all.
        contradictory: What becomes of copies with different labels: keep the one
            with the lowest hash, drop them all, or stop with an error.
    """

    labels: Annotated[list[str], pydantic.Field(min_length=1)]
    identical: Literal["keep_one", "drop"] = "keep_one"
    contradictory: Literal["keep_one", "drop", "error"] = "error"

    def apply(self, frame, context: Context) -> Outcome:
        """See `Step.apply`."""
        require_columns(frame, self.labels)
        copies = frame[frame.duplicated("sha256", keep=False)]
        contents = copies.groupby("sha256")
        disagree = np.zeros(len(copies), dtype=bool)
        for name in self.labels:
            seen = contents[name].transform("nunique", dropna=False).to_numpy()
            disagree |= seen > 1
        if self.contradictory == "error" and disagree.any():
            rows = copies[disagree].sort_values(["sha256", "id"])["id"].tolist()
            raise ProtocolError(
                "the same image must not have different labels (`contradictory: drop` "
                f"leaves such images out). Received: {len(rows)} files, such as "
                f"{rows[:10]}"
            )
        kept_first = np.where(
            disagree,
            self.contradictory == "keep_one",
            self.identical == "keep_one",
        ).astype(bool)
        reasons = np.where(disagree, OTHER_LABELS, SAME_LABELS).astype(object)
        # in rows of the test and copies of them no other rule holds
        test, has_test = _rows_of("test", copies)
        validation, has_validation = _rows_of("validation", copies)
        leave = has_validation & ~validation & ~has_test
        reasons[leave] = IN_VALIDATION
        reasons[has_test] = IN_TEST
        free = copies[~has_test & ~leave]
        first = np.zeros(len(copies), dtype=bool)
        first[~has_test & ~leave] = context.ranks(free, free["sha256"]) == 0
        out = np.where(has_test, ~test, ~(first & kept_first))
        reported = sorted(zip(copies["id"][out], reasons[out].tolist(), strict=True))
        notes = {
            "contents_in_several_files": int(copies["sha256"].nunique()),
            "files_with_equal_labels": int((~disagree).sum()),
            "files_with_contradictory_labels": int(disagree.sum()),
            "files_left_out": int(out.sum()),
        }
        if given := int((out & (leave | has_test)).sum()):
            notes["copies_of_a_given_test_or_validation"] = given
        return Outcome(frame.drop(index=copies.index[out]), reported, notes)


def _rows_of(split: str, copies: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The rows of a split, and all rows with the same bytes as one of them."""
    inside = copies["split"] == split
    return inside.to_numpy(), copies["sha256"].isin(copies["sha256"][inside]).to_numpy()
