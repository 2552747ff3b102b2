"""F1 on integer labels."""

import keras
from keras import ops

from kpoc.metrics._inputs import rates
from kpoc.metrics._label_metric import ClassCounts
from kpoc.metrics._registry import register

AVERAGES = ("macro", "weighted", "micro", None)
UNDEFINED = ("skip", "zero")


@register("macro_f1", average="macro")
@register("micro_f1", average="micro")
@register("weighted_f1", average="weighted")
@register("per_class_f1", average=None)
@keras.saving.register_keras_serializable(package="kpoc")
class SparseF1Score(ClassCounts):
    r"""F1 of integer labels and logits (or probabilities), averaged over classes.

    With :math:`t_k, s_k, p_k` the weights of the hits, of the true rows and of the
    predicted rows of class k over all batches::

        F1_k = 2 t_k / (s_k + p_k)

    `keras.metrics.F1Score` takes one-hot labels only, and its macro average counts a
    class that occurs nowhere as 0. Here the counts are summed over the batches and
    divided at the end, so that the result does not depend on the batch size.

    Args:
        num_classes: number of classes K, at least 2.
        average: "macro" (the mean over classes, each as heavy as the other: the one to
            watch when classes are imbalanced), "weighted" (by true rows), "micro" (over
            all rows: the accuracy), or None for the K values. Defaults to "macro".
        undefined: what a class is worth that is neither true nor predicted anywhere
            (0/0): "skip" leaves it out of the macro average and shows NaN for it, as
            scikit-learn does when no `labels` are given; "zero" counts it as 0.
            Defaults to "skip".
        from_logits: whether one score a row is a logit (a row of K scores is compared
            by its maximum, where it makes no difference). Defaults to True, because
            the heads of kpoc emit logits.
        threshold: probability above which one score a row, `(B, 1)`, means class 1.
            Defaults to 0.5, that is the logit 0: the two classes [0, z].
        name: name in the logs. Defaults to "macro_f1", or the average's name.
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`; float32 counts
            16.7 million rows a class exactly.

    Returns:
        In [0, 1]; NaN before the first batch, and if a label was not one of 0 .. K - 1
        (a compiled step can't raise) in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import SparseF1Score
        >>> metric = SparseF1Score(num_classes=3)
        >>> metric.update_state([0, 0, 1], [[2.0, 0, 0], [0, 2.0, 0], [0, 2.0, 0]])
        >>> round(float(metric.result()), 4)
        0.6667
        >>> per_class = SparseF1Score(num_classes=2, average=None)
        >>> per_class.update_state([0, 1, 1, 1], [[-1.0], [3.0], [0.5], [-2.0]])
        >>> [round(float(x), 4) for x in per_class.result()]
        [0.6667, 0.8]

    Reference:
        van Rijsbergen, Information Retrieval, 2nd ed., 1979, chapter 7; averages as
        scikit-learn's `f1_score` defines them.
    """

    def __init__(
        self,
        num_classes,
        average="macro",
        undefined="skip",
        from_logits=True,
        threshold=0.5,
        name=None,
        dtype=None,
    ):
        if average not in AVERAGES:
            raise ValueError(
                f"`average` must be one of {AVERAGES}. Received: average={average!r}"
            )
        if undefined not in UNDEFINED:
            raise ValueError(
                f"`undefined` must be one of {UNDEFINED}. "
                f"Received: undefined={undefined!r}"
            )
        super().__init__(
            num_classes,
            from_logits=from_logits,
            threshold=threshold,
            name=name or f"{average or 'per_class'}_f1",
            dtype=dtype,
        )
        self.average = average
        if average is not None:
            self._direction = "up"
        self.undefined = undefined

    def result(self):
        """The F1 of all rows so far: a scalar, or `(K,)` with average=None."""
        total = ops.sum(self.support)
        if self.average == "micro":
            return rates(ops.sum(self.hits), total)
        counted = self.support + self.predicted
        f1 = rates(2.0 * self.hits, counted, 0.0)
        occurs = ops.cast(ops.not_equal(counted, 0), self.dtype)
        if self.average == "weighted":
            return rates(ops.sum(f1 * self.support), total)
        if self.average == "macro":
            if self.undefined == "zero":
                occurs = ops.where(total == 0, occurs, ops.ones_like(occurs))
            return rates(ops.sum(f1), ops.sum(occurs))
        if self.undefined == "zero":
            return f1
        return rates(2.0 * self.hits, counted)

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "average": self.average,
            "undefined": self.undefined,
        }
