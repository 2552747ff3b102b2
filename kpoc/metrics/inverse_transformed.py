"""Regression metrics in the target's own unit."""

import keras
from keras import ops

from kpoc.metrics._registry import register

# of what the model learns and the two ends of the range
TRANSFORMS = {
    "identity": lambda z, low, high: z,
    "log": lambda z, low, high: ops.exp(z),
    "log1p": lambda z, low, high: ops.expm1(z),
    "min_max": lambda z, low, high: low + z * (high - low),
}


@register("inverse_transformed")
@keras.saving.register_keras_serializable(package="kpoc")
class InverseTransformed(keras.metrics.Metric):
    r"""Another metric, computed in the target's unit while the model learns log y.

    With T the transform by which the model's target was made, and [lo, hi] the range::

        metric(T ^ -1(y_true), clip(T ^ -1(y_pred), lo, hi))

    The predictions are clipped here and not in the model, because a hard clip in
    training has no gradient outside its range. The truth is never clipped.

    Targets of shape (B,) are made (B, 1), because Keras' regression metrics would take
    the mean of each batch for one row of the average.

    Args:
        metric: the `keras.metrics.Metric` to compute. Further arguments of
            `update_state` (sample_weight, groups) are passed on to it.
        transform: how the targets were made from the unit: "identity", "log" (natural),
            "log1p" or "min_max" (0 at `lo`, 1 at `hi`). Defaults to "identity".
        value_range: (lo, hi) in the unit, to which predictions are clipped, or None,
            which "min_max" does not allow. Defaults to None.
        name: name in the logs. Defaults to the name of `metric`.
        dtype: dtype of the back-transformed values. Defaults to
            `keras.config.floatx()`.

    Returns:
        What `metric` returns.

    Raises:
        ValueError: if an argument does not fit.

    Example:
        >>> import keras, numpy as np
        >>> from kpoc.metrics import InverseTransformed
        >>> years = InverseTransformed(
        ...     keras.metrics.MeanAbsoluteError(), "log", value_range=(1, 80)
        ... )
        >>> years.update_state(np.log([[20.0], [70.0]]), np.log([[25.0], [95.0]]))
        >>> round(float(years.result()), 3)
        7.5
    """

    def __init__(
        self, metric, transform="identity", value_range=None, name=None, dtype=None
    ):
        if not isinstance(metric, keras.metrics.Metric):
            raise ValueError(
                f"`metric` must be a keras.metrics.Metric. Received: metric={metric!r}"
            )
        if transform not in TRANSFORMS:
            raise ValueError(
                f"`transform` must be one of {sorted(TRANSFORMS)}. "
                f"Received: transform={transform!r}"
            )
        if value_range is not None:
            value_range = [float(edge) for edge in value_range]
            if len(value_range) != 2 or not value_range[0] < value_range[1]:
                raise ValueError(
                    "`value_range` must be (lo, hi) with lo < hi. "
                    f"Received: value_range={value_range}"
                )
        if transform == "min_max" and value_range is None:
            raise ValueError(
                '`value_range` must be given with the transform "min_max". '
                "Received: value_range=None"
            )
        super().__init__(name=name or metric.name, dtype=dtype)
        self.metric = metric
        if direction := getattr(metric, "_direction", None):
            self._direction = direction
        self.transform = transform
        self.value_range = value_range

    def _in_unit(self, values):
        values = ops.cast(ops.convert_to_tensor(values), self.dtype)
        values = values[:, None] if len(values.shape) == 1 else values
        return TRANSFORMS[self.transform](values, *(self.value_range or (None, None)))

    def update_state(self, y_true, y_pred, *args, **kwargs):
        """Adds a batch of transformed truths and predictions, `(B,)` or `(B, 1)`."""
        y_pred = self._in_unit(y_pred)
        if self.value_range is not None:
            y_pred = ops.clip(y_pred, *self.value_range)
        self.metric.update_state(self._in_unit(y_true), y_pred, *args, **kwargs)

    def result(self):
        """The wrapped metric's result."""
        return self.metric.result()

    def reset_state(self):
        """Resets the wrapped metric."""
        self.metric.reset_state()

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "metric": keras.saving.serialize_keras_object(self.metric),
            "transform": self.transform,
            "value_range": self.value_range and list(self.value_range),
        }

    @classmethod
    def from_config(cls, config):
        """Makes the metric from what `get_config` gave."""
        metric = keras.saving.deserialize_keras_object(config["metric"])
        return cls(**{**config, "metric": metric})
