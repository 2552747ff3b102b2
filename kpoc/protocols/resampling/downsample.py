"""Resampling `downsample`: fewer rows of one class, by default the most frequent."""

from __future__ import annotations

from typing import Annotated

import pydantic

from kpoc.ground.hashing import stable_hash
from kpoc.ground.schema import nearest
from kpoc.protocols.manifest import Manifest
from kpoc.protocols.resampling import Resampling, register_resampling
from kpoc.protocols.step import share_of


@register_resampling("downsample")
class Downsample(Resampling):
    """Leaves out `fraction` of the train rows of one class.

    Which rows go is decided by a stable hash of their ids, the same for every seed of
    a training.

    Attributes:
        by: A class column, target or group.
        value: The class; by default the one with the most train rows.
        fraction: Share of its rows that are left out, above 0 and below 1.

    Example:
        In a recipe: `resampling: [{name: downsample, by: ethnicity, fraction: 0.5}]`
    """

    by: str
    value: str | None = None
    fraction: Annotated[float, pydantic.Field(gt=0.0, lt=1.0)]

    def apply(self, manifest: Manifest) -> Manifest:
        """See `Resampling.apply`."""
        rules = manifest.columns
        classes = [name for name, rule in rules.items() if rule.classes]
        if self.by not in classes:
            raise ValueError(
                "`resampling` downsample: `by` must be a class column of the manifest. "
                f"{nearest(self.by, classes)} Received: {self.by!r}"
            )
        column = manifest.column("train", self.by)
        value = self.value if self.value is not None else column.value_counts().idxmax()
        rows = manifest.rows("train")[column == value]
        if rows.empty:
            raise ValueError(
                f"`resampling` downsample: `value` must be a class of `{self.by}` with "
                f"train rows. {nearest(value, column.unique())} Received: {value!r}"
            )
        seed = int(manifest.meta.get("seed", 0))
        order = stable_hash(rows["id"], seed, f"downsample/{self.by}/{value}").argsort()
        gone = rows["id"].iloc[order[: int(share_of(self.fraction, len(rows)))]]
        return manifest.without(dict.fromkeys(gone, f"down-sampled ({value})"))
