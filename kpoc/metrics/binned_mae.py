"""Mean absolute error by bins of the truth."""

import keras
from keras import ops

from kpoc.metrics import _inputs
from kpoc.metrics._registry import register


@register("mae_by_bin")
@keras.saving.register_keras_serializable(package="kpoc")
class MeanAbsoluteErrorByBin(keras.metrics.Metric):
    r"""MAE within bins of the true value, and its mean over the bins.

    With B_k the rows whose truth lies in bin k, w their weights::

        MAE_k = sum over i in B_k of w_i |y_pred_i - y_i| / sum over B_k of w_i
        macro = mean of MAE_k over the bins that hold rows

    Where most people in the data are 20 to 40, the plain MAE hardly sees what happens
    to those over 70; the macro average counts each bin the same.

    Args:
        edges: K + 1 rising numbers in the target's unit. Bin k holds
            edges[k] <= y < edges[k + 1], the last bin its upper edge too, as in
            `numpy.histogram`.
        average: "macro" for the mean over the bins that hold rows, or None for the K
            values (NaN for an empty bin). Defaults to "macro".
        name: name in the logs. Defaults to "mae_by_bin".
        dtype: dtype of the sums. Defaults to `keras.config.floatx()`.

    Returns:
        At least 0, in the target's unit; NaN before the first batch, and if a truth
        lay outside the edges (or was NaN) in a row whose weight isn't 0. Where the
        model learns log y, wrap it into `InverseTransformed`.

    Raises:
        ValueError: if an argument or a shape does not fit.

    Example:
        >>> from kpoc.metrics import MeanAbsoluteErrorByBin
        >>> metric = MeanAbsoluteErrorByBin(edges=[0, 40, 80])
        >>> metric.update_state([[20.0], [30.0], [70.0]], [[21.0], [33.0], [60.0]])
        >>> float(metric.result())
        6.0

    Reference:
        Baccianella, Esuli, Sebastiani, Evaluation Measures for Ordinal Regression,
        ISDA 2009 (the macro-averaged MAE).
    """

    def __init__(self, edges, average="macro", name="mae_by_bin", dtype=None):
        try:
            numbers = [float(edge) for edge in edges]
        except (TypeError, ValueError):
            numbers = []
        pairs = zip(numbers, numbers[1:], strict=False)
        if len(numbers) < 2 or not all(low < high for low, high in pairs):
            raise ValueError(
                f"`edges` must be at least two rising numbers. Received: edges={edges}"
            )
        if average not in ("macro", None):
            raise ValueError(
                f'`average` must be "macro" or None. Received: average={average!r}'
            )
        super().__init__(name=name, dtype=dtype)
        self.edges = numbers
        self.average = average
        if average is not None:
            self._direction = "down"
        shape = (len(numbers) - 1,)
        self.errors = self.add_weight(shape, "zeros", self.dtype, "errors")
        self.total = self.add_weight(shape, "zeros", self.dtype, "total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Args:
            y_true: true values `(B,)` or `(B, 1)`.
            y_pred: predicted values, as many.
            sample_weight: row weights `(B,)` or `(B, 1)`, or None.
        """
        y_true = ops.cast(ops.convert_to_tensor(y_true), self.dtype)
        y_pred = ops.cast(ops.convert_to_tensor(y_pred), self.dtype)
        _inputs.same_rows("y_true", y_true, y_pred.shape, "y_pred")
        y_true, y_pred = ops.reshape(y_true, (-1, 1)), ops.reshape(y_pred, (-1, 1))
        *lower, last = self.edges
        above = ops.cast(y_true >= ops.array(lower, self.dtype), "int32")
        # Outside the edges the code becomes -1 (NaN compares as False: below, too).
        codes = ops.where(y_true[:, 0] <= last, ops.sum(above, axis=1) - 1, -1)
        codes, weight = _inputs.positions(
            codes,
            len(lower),
            _inputs.flat_weight(sample_weight, self.dtype),
            self.dtype,
        )
        member = ops.cast(
            codes[:, None] == ops.arange(len(lower), dtype="int32"), self.dtype
        )
        member = member * weight[:, None]
        error = _inputs.where_weighted(ops.abs(y_pred - y_true), weight[:, None])
        self.errors.assign_add(ops.sum(member * error, axis=0))
        self.total.assign_add(ops.sum(member, axis=0))

    def result(self):
        """The macro average of all rows so far, or `(K,)` with average=None."""
        if self.average is None:
            return _inputs.rates(self.errors, self.total)
        holds = ops.cast(ops.not_equal(self.total, 0), self.dtype)
        return _inputs.rates(
            ops.sum(_inputs.rates(self.errors, self.total, 0.0)), ops.sum(holds)
        )

    def get_config(self):
        """The arguments, as plain JSON types."""
        return {
            **super().get_config(),
            "edges": list(self.edges),
            "average": self.average,
        }
