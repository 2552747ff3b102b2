"""What all recipes have in common: a task, and the figure that decides about it."""

from __future__ import annotations

import hashlib
import json

import pydantic

from kpoc.ground.schema import Strict, nearest
from kpoc.ground.yaml_values import write_yaml
from kpoc.recipe.identity import identity


class Judged(Strict):
    """Base of what has a `task` with `targets`, and a `primary` among their metrics."""

    @pydantic.model_validator(mode="after")
    def _primary_exists(self) -> Judged:
        targets = self.task.targets
        names = [f"{t}.{m}" for t in targets for m in targets[t].metrics]
        if self.primary not in names:
            raise ValueError(
                f"`primary` must be one of the targets' metrics. "
                f"{nearest(self.primary, names)} Received: {self.primary!r}"
            )
        return self

    @property
    def primary_target(self) -> str:
        """The target part of `primary`."""
        return self.primary.split(".", 1)[0]

    @property
    def primary_metric(self) -> str:
        """The metric part of `primary`."""
        return self.primary.split(".", 1)[1]

    def to_dict(self) -> dict:
        """The resolved recipe as plain JSON types."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """The resolved recipe as YAML; `read_resolved` reads it back."""
        return write_yaml(self.to_dict())

    def key(self, *facts: str) -> str:
        """Ten hex digits of what determines a run's weights apart from its seed.

        Groups, metrics, the primary metric and where images are kept do not
        (`kpoc.recipe.identity`), so another one of them trains nothing again.

        Args:
            facts: What else determines it: digest of the data and hash of the weights,
                which stand for protocol and weights.
        """
        text = json.dumps([identity(self), *facts], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]
