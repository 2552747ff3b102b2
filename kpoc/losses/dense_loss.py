"""Regression losses weighted by the density of the target."""

from collections.abc import Mapping

import keras
from keras import ops

from kpoc.losses._base import BaseLoss, one_of, positive
from kpoc.losses._registry import register
from kpoc.losses.dense_weight import DenseWeight


def _mae(error, delta):
    return ops.abs(error)


def _mse(error, delta):
    return ops.square(error)


def _huber(error, delta):
    size = ops.abs(error)
    return ops.where(
        size <= delta, 0.5 * ops.square(error), delta * (size - 0.5 * delta)
    )


_ERRORS = {"mae": _mae, "mse": _mse, "huber": _huber}


@register("dense", kinds=("regression",))
@keras.saving.register_keras_serializable(package="kpoc")
class DenseLoss(BaseLoss):
    r"""Mean of `w(y_true) * error(y_true, y_pred)`: rare targets count more.

    w is a fitted `kpoc.losses.DenseWeight`, looked up inside the compiled step from
    `y_true`, which therefore has the unit w was fitted in (log years if the model
    learns log years). Since w averages 1 over the training rows, losses and learning
    rates keep their size; the mean is a plain one, not divided by the weights.

    Args:
        dense_weight: A fitted `DenseWeight`.
        loss: `"mae"`, `"mse"` or `"huber"`. Defaults to `"mae"`, the errors of which
            are not dominated by the outliers that w makes heavier.
        delta: Where `"huber"` turns from square to linear, > 0. Defaults to `1.0`.
        reduction: As in Keras. Defaults to `"sum_over_batch_size"`.
        name: Name of the loss.
        dtype: As in Keras; half precision is computed in float32.

    Call arguments:
        y_true: Targets `(batch,)` or `(batch, ...)`; each element has its weight.
        y_pred: Predictions of the same shape; one of them may have a last axis of one
            that the other has not.
        sample_weight: As in Keras.

    Raises:
        ValueError: `dense_weight` is not fitted, `loss` or `delta` is out of range, or
            the shapes differ.

    Example:
        >>> weight = DenseWeight(alpha=0.5).fit([20, 21, 22, 22, 23, 24, 60])
        >>> loss = DenseLoss(weight, loss="mae")
        >>> round(float(loss([[22.0], [60.0]], [[25.0], [57.0]])), 2)
        3.77

    Reference:
        - [Density-based weighting for imbalanced regression (Steininger et al.,
          2021)](https://doi.org/10.1007/s10994-021-06023-5), eq. 6.
    """

    def __init__(
        self,
        dense_weight,
        loss="mae",
        delta=1.0,
        reduction="sum_over_batch_size",
        name="dense_loss",
        dtype=None,
    ):
        super().__init__(reduction=reduction, name=name, dtype=dtype)
        if not isinstance(dense_weight, DenseWeight) or dense_weight.grid is None:
            raise ValueError(
                "`dense_weight` must be a fitted DenseWeight: "
                "DenseWeight(...).fit(y_train). Received: "
                f"dense_weight={dense_weight!r}"
            )
        self.dense_weight = dense_weight
        self.loss = one_of("loss", loss, tuple(_ERRORS))
        self.delta = positive("delta", delta)

    @classmethod
    def from_data(cls, y, num_classes=None, alpha=1.0, method="kde", **kwargs):
        """Makes the loss with a `DenseWeight` fitted to the training targets.

        Args:
            y: Training targets, in the unit that the loss will see.
            num_classes: Not used: all losses of this room share the signature.
            alpha: As in `DenseWeight`. Defaults to `1.0`.
            method: As in `DenseWeight`. Defaults to `"kde"`.
            **kwargs: Passed to `__init__`.

        Returns:
            The loss.
        """
        return cls(DenseWeight(alpha=alpha, method=method).fit(y), **kwargs)

    def call(self, y_true, y_pred):
        y_true, y_pred = _same_shape(y_true, y_pred)
        errors = _ERRORS[self.loss](y_pred - y_true, self.delta)
        losses = self.dense_weight.lookup(y_true) * errors
        return ops.mean(losses, axis=-1) if len(losses.shape) > 1 else losses

    def get_config(self):
        return {
            **super().get_config(),
            "dense_weight": self.dense_weight.get_config(),
            "loss": self.loss,
            "delta": self.delta,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if isinstance(config["dense_weight"], Mapping):
            config["dense_weight"] = DenseWeight.from_config(config["dense_weight"])
        return cls(**config)


def _same_shape(y_true, y_pred):
    """Squeezes a last axis of one that only one of the two has."""
    if len(y_true.shape) == len(y_pred.shape) + 1 and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, axis=-1)
    elif len(y_pred.shape) == len(y_true.shape) + 1 and y_pred.shape[-1] == 1:
        y_pred = ops.squeeze(y_pred, axis=-1)
    same = len(y_true.shape) == len(y_pred.shape) and all(
        a == b
        for a, b in zip(y_true.shape, y_pred.shape, strict=True)
        if a is not None and b is not None
    )
    if not same:
        raise ValueError(
            "`y_true` and `y_pred` must have the same shape. Received: "
            f"y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}"
        )
    return y_true, y_pred
