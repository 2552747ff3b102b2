"""Step `deduplicate`: one row for each different image."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pydantic

from kpoc.data.step import (
    Context,
    Outcome,
    ProtocolError,
    Step,
    register_step,
    require_columns,
)

OTHER_LABELS = "the same image has other labels under another name"
SAME_LABELS = "the same image and labels stand under another name"


@register_step("deduplicate")
class Deduplicate(Step):
    """Treats files that are the same byte for byte.

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
        first = context.ranks(copies, copies["sha256"]) == 0
        kept_first = np.where(
            disagree,
            self.contradictory == "keep_one",
            self.identical == "keep_one",
        ).astype(bool)
        out = ~(first & kept_first)
        reasons = np.where(
            disagree,
            OTHER_LABELS,
            SAME_LABELS,
        )
        reported = sorted(zip(copies["id"][out], reasons[out].tolist(), strict=True))
        notes = {
            "contents_in_several_files": int(copies["sha256"].nunique()),
            "files_with_equal_labels": int((~disagree).sum()),
            "files_with_contradictory_labels": int(disagree.sum()),
            "files_left_out": int(out.sum()),
        }
        return Outcome(frame.drop(index=copies.index[out]), reported, notes)
