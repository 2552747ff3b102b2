"""What the losses share: configs, dtype, and the reading of labels and logits."""

import keras
import numpy as np
from keras import ops

_HALF = ("float16", "bfloat16")
_ROUNDING = 1e-3  # what rows of labels may be off


class BaseLoss(keras.losses.Loss):
    """A Keras loss whose config is its ``__init__`` keywords as plain JSON.

    Half precision is raised to float32: class ids above 256 do not survive bfloat16
    and a sum over a batch overflows float16. The value comes back in float32 too.
    """

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        policy = keras.dtype_policies.get(dtype or keras.config.floatx())
        half = policy.compute_dtype in _HALF
        super().__init__(
            name=name, reduction=reduction, dtype="float32" if half else policy
        )
        self._asked_dtype = policy.name if dtype is not None else None

    def __call__(self, y_true, y_pred, sample_weight=None):
        # Keras would take a list for a structure of many tensors.
        return super().__call__(_array(y_true), _array(y_pred), sample_weight)

    def get_config(self):
        return {**super().get_config(), "dtype": self._asked_dtype}


class ClassificationLoss(BaseLoss):
    """A loss of labels and logits: subclasses give ``class_losses``.

    `y_true` is ``(..., )``, ``(..., 1)`` (integers) or ``(..., K)`` (one-hot), `y_pred`
    ``(..., K)``; a last axis of one is the logit of class 1 against class 0.

    A loss with `soft_labels` also takes shares of the classes that sum to 1, and for
    one logit the share of class 1.
    """

    num_classes = None
    soft_labels = False

    def __call__(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = _array(y_true), _array(y_pred)
        _check_labels(y_true, y_pred, self.soft_labels)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        if self.soft_labels:
            y_true = _both_shares(y_true, y_pred)
        y_pred = self.two_classes(y_pred)
        size = y_pred.shape[-1]
        if self.num_classes is not None and size != self.num_classes:
            raise ValueError(
                "`class_counts` must have one entry a class of `y_pred`. Received: "
                f"{self.num_classes} class counts, y_pred with {size} classes"
            )
        labels = label_rows(y_true, y_pred, self.soft_labels)
        return self.class_losses(labels, y_pred)

    def two_classes(self, y_pred):
        return two_class_logits(y_pred)

    def class_losses(self, labels, logits):
        """Returns the losses (...,) of rows of labels and logits, both (..., K)."""
        raise NotImplementedError


def _array(x):
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def two_class_logits(logits):
    """Turns one logit z, shape (..., 1), into the two [0, z]; else a no-op."""
    if logits.shape[-1] != 1:
        return logits
    return ops.concatenate([ops.zeros_like(logits), logits], axis=-1)


def _both_shares(y_true, y_pred):
    """Turns labels of one logit, the shares of class 1, into rows; else a no-op."""
    if y_pred.shape[-1] != 1 or _is_rows(y_true, y_pred):
        return y_true
    if len(y_true.shape) < len(y_pred.shape):
        y_true = ops.expand_dims(y_true, -1)
    return ops.concatenate([1 - y_true, y_true], axis=-1)


def label_rows(y_true, y_pred, soft=False):
    """Returns labels as rows (..., K) in the dtype of `y_pred`: one-hot, or shares.

    A row whose label is no class becomes NaN, and so does its loss: a graph cannot
    raise, and a loss of zero would hide the error.
    """
    size = y_pred.shape[-1]
    if _is_rows(y_true, y_pred):
        rows = ops.cast(y_true, y_pred.dtype)
        whole = ops.abs(ops.sum(ops.abs(rows), axis=-1) - 1) < _ROUNDING
        extreme, least = (ops.min, 0) if soft else (ops.max, 1)
        valid = ops.logical_and(whole, extreme(rows, axis=-1) > least - _ROUNDING)
    else:
        if len(y_true.shape) == len(y_pred.shape):
            y_true = ops.squeeze(y_true, axis=-1)
        label = ops.cast(y_true, "int32")
        whole = ops.cast(label, y_true.dtype) == y_true
        valid = ops.logical_and(whole, ops.logical_and(label >= 0, label < size))
        # Clipped, for PyTorch's one-hot raises where others give zeros.
        rows = ops.one_hot(ops.clip(label, 0, size - 1), size, dtype=y_pred.dtype)
    return ops.where(ops.expand_dims(valid, -1), rows, float("nan"))


def _is_rows(y_true, y_pred):
    """Tells rows of labels from integer labels by the shapes, or refuses them."""
    shape, wanted = tuple(y_true.shape), tuple(y_pred.shape)
    if len(wanted) < 2 or wanted[-1] is None:
        raise ValueError(
            "`y_pred` must have the shape (batch, classes), or (batch, 1) for one "
            f"binary logit. Received: y_pred.shape={wanted}"
        )
    size = max(wanted[-1], 2)
    same_rank = len(shape) == len(wanted)
    clash = any(
        a != b
        for a, b in zip(shape, wanted[:-1], strict=False)
        if a is not None and b is not None
    )
    if not clash and same_rank and shape[-1] == size:
        return True
    if clash or not (len(shape) == len(wanted) - 1 or (same_rank and shape[-1] == 1)):
        raise ValueError(
            "`y_true` must have the shape (batch,) or (batch, 1) with integer labels, "
            "or (batch, classes) with one-hot labels. Received: "
            f"y_true.shape={shape}, {size} classes in y_pred.shape={wanted}"
        )
    return False


def _check_labels(y_true, y_pred, soft):
    """Refuses bad labels where one can look at them: a graph gives NaN for them."""
    y_true = _seen(y_true)
    if y_true is None:
        return
    if y_true.dtype.kind not in "biuf":
        raise ValueError(
            "`y_true` must hold integer or one-hot labels. Received: "
            f"y_true.dtype={y_true.dtype}"
        )
    size = max(y_pred.shape[-1], 2)
    if _is_rows(y_true, y_pred):
        good = np.abs(np.abs(y_true).sum(-1) - 1) < _ROUNDING
        extreme, least = (np.min, 0) if soft else (np.max, 1)
        good &= extreme(y_true, axis=-1) > least - _ROUNDING
        if not good.all():
            rule = "hold shares of the classes that sum to 1"
            if not soft:
                rule = (
                    "be one-hot, as this loss is defined for one class a row (the "
                    "focal loss takes soft labels)"
                )
            raise ValueError(
                f"`y_true` of shape (batch, classes) must {rule}. Received: "
                f"{y_true[~good][0].tolist()}"
            )
        return
    shares = soft and y_pred.shape[-1] == 1
    good = (y_true >= 0) & (y_true <= size - 1)
    good &= shares | (y_true == np.floor(y_true))
    if not good.all():
        what = "shares of class 1" if shares else "integer labels"
        raise ValueError(
            f"`y_true` must hold {what} from 0 to {size - 1}. "
            f"Received: {np.unique(y_true[~good]).tolist()[:5]}"
        )


def _seen(y_true):
    """Returns labels as an array where that is free; None in a graph or on a GPU."""
    if isinstance(y_true, np.ndarray):
        return y_true
    try:
        y_true = np.asarray(y_true)
    except (TypeError, ValueError, NotImplementedError, RuntimeError):
        return None
    # bfloat16 is no kind of NumPy's own
    return y_true.astype("float32") if y_true.dtype.kind == "V" else y_true


def at_least(x, least):
    """Returns max(x, least); Keras' own makes float64 float32 on PyTorch."""
    return ops.where(x < least, least, x)


def divide(x, y):
    """Returns x / y, and 0 where y is 0, in the dtype of x on every backend."""
    zero = y == 0
    return ops.where(zero, 0.0, x / ops.where(zero, 1.0, y))


def nonnegative(name, value):
    """Returns `value` as a float, or refuses it under the argument's name."""
    return number(name, value, "a finite number >= 0", lambda x: x >= 0)


def positive(name, value):
    """Returns `value` as a float, or refuses it under the argument's name."""
    return number(name, value, "a finite number > 0", lambda x: x > 0)


def number(name, value, rule, holds):
    """Returns `value` as a float, or refuses it with the rule it breaks."""
    real = isinstance(value, (int, float, np.integer, np.floating))
    good = real and not isinstance(value, bool) and np.isfinite(value) and holds(value)
    if not good:
        raise ValueError(f"`{name}` must be {rule}. Received: {name}={value!r}")
    return float(value)


def floats(name, values):
    """Returns numbers of any nesting as a float64 array, or refuses them."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"`{name}` must hold numbers. Received: {name}={values!r}"
        ) from None


def one_of(name, value, choices):
    """Returns `value`, or refuses what is none of the choices."""
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {list(choices)}. Received: {name}={value!r}"
        )
    return value
