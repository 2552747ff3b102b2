"""Labels, weights and positions out of what Keras hands to `update_state`."""

import math

from keras import ops
from keras.backend import standardize_dtype


def check_number(name, value, rule, fits):
    """Returns a number of an argument.

    Args:
        name: the argument, for the message.
        value: what came.
        rule: how the message goes on after "must".
        fits: whether a number keeps to the rule.

    Raises:
        ValueError: if it doesn't, or is none.
    """
    try:
        fits = fits(value)
    except TypeError:
        fits = False
    if not fits:
        raise ValueError(f"`{name}` must {rule}. Received: {name}={value!r}")
    return value


def check_whole(name, value, least):
    """Returns an argument as an int, or raises a ValueError if it is none."""
    rule = f"be an integer of at least {least}"
    return int(check_number(name, value, rule, lambda x: x >= least and x % 1 == 0))


def rates(numerator, denominator, undefined=float("nan")):
    """Divides where the denominator is not zero; `undefined` elsewhere."""
    denominator = ops.convert_to_tensor(denominator)
    empty = ops.equal(denominator, 0)
    quotient = numerator / ops.where(empty, ops.ones_like(denominator), denominator)
    return ops.where(empty, ops.full_like(quotient, undefined), quotient)


def positions(values, size, weight, dtype):
    """Flattens integer codes and takes the trust from rows with a bad one.

    A graph can't raise, and a wrong code must not be counted as if it were right,
    so a row whose code is not one of `0 .. size - 1` gets the weight NaN (which
    ends up in the result), unless its weight is 0, which is how rows are masked.

    Args:
        values: codes, any shape, any numeric dtype.
        size: number of codes.
        weight: row weights `(n,)`, or None for ones.
        dtype: the metric's dtype.

    Returns:
        The codes as int32 `(n,)`, all in range, and the weights `(n,)`.

    Raises:
        ValueError: if there is not one weight a code.
    """
    values = ops.reshape(ops.convert_to_tensor(values), (-1,))
    if weight is not None:
        same_rows("sample_weight", weight, values.shape, "y_pred")
    codes = ops.clip(ops.cast(values, "int32"), 0, size - 1)
    valid = ops.equal(ops.cast(codes, standardize_dtype(values.dtype)), values)
    if weight is None:
        weight = ops.ones_like(codes, dtype=dtype)
    bad = ops.logical_and(ops.logical_not(valid), ops.not_equal(weight, 0))
    return codes, ops.where(bad, ops.full_like(weight, float("nan")), weight)


def where_weighted(values, weight):
    """The values, 0 in masked rows: 0 times a missing (NaN) value would be NaN."""
    return ops.where(ops.equal(weight, 0), ops.zeros_like(values), values)


def flat_weight(sample_weight, dtype):
    """Row weights as `(n,)` in `dtype`; None stays None."""
    if sample_weight is None:
        return None
    return ops.reshape(ops.cast(ops.convert_to_tensor(sample_weight), dtype), (-1,))


def class_scores(y_pred, num_classes=None):
    """Scores as `(n, width)`, where the width 1 stands for two classes.

    Args:
        y_pred: `(..., K)`; `(..., 1)` or `(B,)` for one score of two classes.
        num_classes: the number of classes expected, or None for any.

    Returns:
        The scores and the number of classes K.

    Raises:
        ValueError: if the last axis does not fit `num_classes`.
    """
    width = y_pred.shape[-1] if len(y_pred.shape) > 1 else 1
    classes = max(width, 2)
    if num_classes is not None and classes != num_classes:
        raise ValueError(
            "`y_pred` must have `num_classes` scores a row (or one score a row for two "
            f"classes). Received: y_pred.shape={tuple(y_pred.shape)}, "
            f"num_classes={num_classes}"
        )
    return ops.reshape(y_pred, (-1, width)), classes


def predicted_labels(scores, from_logits, threshold):
    """The class of the highest score, the lower index on a tie: `(n,)` int32.

    One score a row means class 1 if its probability exceeds `threshold`.
    """
    if scores.shape[-1] > 1:
        return ops.cast(ops.argmax(scores, axis=-1), "int32")
    cut = math.log(threshold / (1.0 - threshold)) if from_logits else threshold
    return ops.cast(ops.greater(scores[:, 0], cut), "int32")


def same_rows(name, values, rows, what):
    """Raises a ValueError if values has, for all that is known, other rows.

    Args:
        name: argument that `values` came by, for the message.
        values: a tensor with one element a row.
        rows: shape of the rows.
        what: what the rows are those of, for the message.
    """
    size, expected = static_size(values.shape), static_size(rows)
    if size is not None and expected is not None and size != expected:
        raise ValueError(
            f"`{name}` must have one element for each row of `{what}`. Received: "
            f"{name}.shape={tuple(values.shape)} for rows of shape {tuple(rows)}"
        )


def static_size(shape):
    """Number of elements, None where an axis is not known yet."""
    return None if None in tuple(shape) else math.prod(shape)


def true_labels(y_true, y_pred, classes):
    """Integer labels out of labels `(B,)`, `(B, 1)` or one-hot `(B, K)`.

    Raises:
        ValueError: if there is not one label (or one-hot row) for each row of scores.
    """
    y_true = ops.convert_to_tensor(y_true)
    rank = max(len(y_pred.shape), 2)
    if len(y_true.shape) == rank and y_true.shape[-1] == classes:
        return ops.argmax(y_true, axis=-1)
    same_rows("y_true", y_true, y_pred.shape[: rank - 1], "y_pred")
    return y_true
