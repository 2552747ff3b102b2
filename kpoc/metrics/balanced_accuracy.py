"""Balanced accuracy."""

import keras
from keras import ops

from kpoc.metrics._inputs import rates
from kpoc.metrics._label_metric import ClassCounts
from kpoc.metrics._registry import register


@register("balanced_accuracy")
@keras.saving.register_keras_serializable(package="kpoc")
class BalancedAccuracy(ClassCounts):
    r"""The mean recall over the classes that occur among the true labels.

    With :math:`t_k` the weight of the hits and :math:`s_k` that of the true rows of
    class k over all batches, and P the classes with :math:`s_k > 0`::

        BA = (1 / |P|) * sum over k in P of t_k / s_k

    A class that is only predicted, never true, is left out, as in scikit-learn's
    `balanced_accuracy_score`.

    Args:
        num_classes: number of classes K, at least 2.
        adjusted: whether to rescale so that chance is 0: (BA - c) / (1 - c) with
            c = 1 / |P|; not defined (NaN) where one class occurs. Defaults to False.
        from_logits: whether one score a row is a logit. Defaults to True, because the
            heads of kpoc emit logits.
        threshold: probability above which one score a row, `(B, 1)`, means class 1.
            Defaults to 0.5, that is the logit 0.
        name: name in the logs. Defaults to "balanced_accuracy".
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        In [0, 1] (adjusted: at most 1); NaN before the first batch, and if a label was
        not one of 0 .. K - 1 in a row whose weight isn't 0.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import BalancedAccuracy
        >>> metric = BalancedAccuracy(num_classes=2)
        >>> metric.update_state([0, 0, 0, 1], [[-1.0], [-2.0], [1.0], [2.0]])
        >>> round(float(metric.result()), 4)
        0.8333

    Reference:
        Brodersen et al., The balanced accuracy and its posterior distribution,
        ICPR 2010.
    """

    _direction = "up"

    def __init__(
        self,
        num_classes,
        adjusted=False,
        from_logits=True,
        threshold=0.5,
        name="balanced_accuracy",
        dtype=None,
    ):
        super().__init__(
            num_classes,
            from_logits=from_logits,
            threshold=threshold,
            name=name,
            dtype=dtype,
        )
        self.adjusted = adjusted

    def result(self):
        """The mean recall of all rows so far, a scalar."""
        occurs = ops.cast(ops.not_equal(self.support, 0), self.dtype)
        recalls = rates(self.hits, self.support, 0.0)
        present = ops.sum(occurs)
        mean = rates(ops.sum(recalls), present)
        if not self.adjusted:
            return mean
        return rates(mean * present - 1.0, present - 1.0)

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {**super().get_config(), "adjusted": self.adjusted}
