"""What metrics on class labels share: how scores become a class."""

import keras

from kpoc.metrics import _inputs


class LabelMetric(keras.metrics.Metric):
    """A metric that compares the true class with the class of the highest score.

    Args:
        num_classes: number of classes K, or None to take it from `y_pred`.
        from_logits: whether one score a row is a logit.
        threshold: probability above which one score a row means class 1.
        name: name of the metric.
        dtype: dtype of the sums.

    Raises:
        ValueError: if `num_classes` or `threshold` is out of its range.
    """

    def __init__(
        self, num_classes=None, from_logits=True, threshold=0.5, name=None, dtype=None
    ):
        super().__init__(name=name, dtype=dtype)
        if num_classes is not None:
            num_classes = _inputs.check_whole("num_classes", num_classes, 2)
        self.num_classes = num_classes
        self.from_logits = from_logits
        rule = "be a probability between 0 and 1 (also with from_logits=True)"
        self.threshold = _inputs.check_number(
            "threshold", threshold, rule, lambda x: 0.0 < x < 1.0
        )

    def compare(self, y_true, y_pred, sample_weight):
        """True labels, predicted labels and weights, each `(n,)`, and K."""
        y_pred = keras.ops.convert_to_tensor(y_pred)
        scores, classes = _inputs.class_scores(y_pred, self.num_classes)
        predicted = _inputs.predicted_labels(scores, self.from_logits, self.threshold)
        true, weight = _inputs.positions(
            _inputs.true_labels(y_true, y_pred, classes),
            classes,
            _inputs.flat_weight(sample_weight, self.dtype),
            self.dtype,
        )
        return true, predicted, weight, classes

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "from_logits": self.from_logits,
            "threshold": self.threshold,
        }


class ClassCounts(LabelMetric):
    """Per class: weight of the true rows, of the predicted rows, of the hits."""

    def __init__(self, num_classes, **kwargs):
        super().__init__(num_classes=num_classes, **kwargs)
        if num_classes is None:
            raise ValueError("`num_classes` is needed. Received: num_classes=None")
        shape = (self.num_classes,)
        self.support = self.add_weight(shape, "zeros", self.dtype, "support")
        self.predicted = self.add_weight(shape, "zeros", self.dtype, "predicted")
        self.hits = self.add_weight(shape, "zeros", self.dtype, "hits")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: labels `(B,)` or `(B, 1)`, or one-hot `(B, K)`.
            y_pred: scores `(B, K)`; `(B, 1)` means the two classes [0, z].
            sample_weight: row weights `(B,)` or `(B, 1)`, or None.
        """
        true, predicted, weight, classes = self.compare(y_true, y_pred, sample_weight)
        codes = keras.ops.arange(classes, dtype="int32")
        weight = weight[:, None]
        is_true = weight * keras.ops.cast(true[:, None] == codes, self.dtype)
        is_predicted = keras.ops.cast(predicted[:, None] == codes, self.dtype)
        self.support.assign_add(keras.ops.sum(is_true, axis=0))
        self.predicted.assign_add(keras.ops.sum(weight * is_predicted, axis=0))
        self.hits.assign_add(keras.ops.sum(is_true * is_predicted, axis=0))
