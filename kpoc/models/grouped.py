"""A model whose metrics by group are told the groups, which it does not take in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras

GROUP = "group/"
"""What the name of a column of groups is preceded by among the labels of a batch."""


@dataclass(frozen=True)
class GroupMetric:
    """A metric by group, and what it is about.

    Attributes:
        metric: A metric of `kpoc.metrics` that is told groups.
        target: The output that it judges.
        by: The column of groups.
    """

    metric: keras.metrics.Metric
    target: str
    by: str


@keras.saving.register_keras_serializable(package="kpoc")
class GroupAware(keras.Model):
    """A functional model, trained with metrics that are told the groups of the rows.

    Its batches carry codes of groups beside the labels, under `GROUP` and the name of
    the column. Losses and other metrics do not see them, nor does the model.

    Example:
        >>> import numpy as np
        >>> from kpoc.metrics import GroupAccuracy
        >>> x = keras.Input((2,))
        >>> plain = keras.Model(x, {"kind": keras.layers.Dense(1)(x)})
        >>> worst = GroupMetric(GroupAccuracy(2, summary="worst"), "kind", "place")
        >>> model = GroupAware.of(plain, [worst])
        >>> model.compile(loss={"kind": "mse"})
        >>> labels = {"kind": np.zeros((4, 1)), "group/place": np.array([0, 0, 1, 1])}
        >>> "group_accuracy_worst" in model.train_on_batch(
        ...     np.zeros((4, 2)), labels, return_dict=True
        ... )
        True
    """

    group_metrics: Sequence[GroupMetric] = ()

    @classmethod
    def of(cls, model: keras.Model, metrics: Sequence[GroupMetric]) -> GroupAware:
        """The same model, sharing its layers, with metrics by group."""
        outputs = {name: model.get_layer(name).output for name in model.output_names}
        made = cls(model.input, outputs)
        made.group_metrics = tuple(metrics)
        return made

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        own = [one.metric for one in self.group_metrics]
        return [*super().metrics, *own]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **rest):
        return super().compute_loss(
            x=x, y=_labels(y), y_pred=y_pred, sample_weight=sample_weight, **rest
        )

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        super().compute_metrics(x, _labels(y), y_pred, sample_weight)
        for one in self.group_metrics:
            groups = y[GROUP + one.by]
            one.metric.update_state(y[one.target], y_pred[one.target], groups)
        return self.get_metrics_result()


def _labels(y: Mapping) -> dict:
    return {name: value for name, value in y.items() if not name.startswith(GROUP)}
