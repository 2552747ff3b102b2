"""What every metric promises."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from kpoc import metrics
from kpoc.testing.promises import close, expect
from kpoc.testing.saving import restored

_ROWS, _CLASSES, _GROUPS, _BATCH = 120, 6, 4, 30


def check_metric(
    name: str, *, columns: Sequence[np.ndarray] | None = None, **options: object
) -> None:
    """Checks what a training and a saved model rely on.

    The metric

    - gives what it gives for all rows at once, whatever the batches are;
    - counts a row with the weight 2 as two rows, and with the weight 0 as none;
    - takes columns `(batch,)` and `(batch, 1)` alike, and outputs in half precision;
    - is after `reset_state` as it was when it was made;
    - is saved and loaded with its results.

    Args:
        name: As `kpoc.metrics.get` takes it.
        columns: What `update_state` takes, of 120 rows. By default labels and logits
            of 6 classes for a metric that has `num_classes` or `from_logits`, else
            values and predicted ones; codes of 4 groups after them for one that has
            `num_groups`.
        **options: For the metric. Those two numbers are given to it without.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_metric("macro_f1")
        >>> check_metric("group_accuracy", summary="worst")
    """
    for number, argument in ((_CLASSES, "num_classes"), (_GROUPS, "num_groups")):
        if metrics.takes(name, argument):
            options.setdefault(argument, number)
    columns = tuple(_columns(name) if columns is None else columns)

    # another each time, though an option may be a metric itself
    made = metrics.get(name, **options)

    def make() -> keras.metrics.Metric:
        return restored(made, name)

    whole = _result(made, columns)
    expect(np.isfinite(whole).all(), f"{name} must be finite")
    metric = make()
    fresh = keras.ops.convert_to_numpy(metric.result())
    for start in range(0, _ROWS, _BATCH):
        metric.update_state(*(c[start : start + _BATCH] for c in columns))
    batched = keras.ops.convert_to_numpy(metric.result())
    close(batched, whole, f"{name} must not depend on the batches")
    metric.reset_state()
    reset = keras.ops.convert_to_numpy(metric.result())
    close(reset, fresh, f"{name} must begin anew after `reset_state`", 0.0)

    weight = np.random.default_rng(1).permutation(np.arange(_ROWS) % 3)
    repeated = tuple(np.repeat(column, weight, 0) for column in columns)
    weighted = _result(make(), columns, sample_weight=weight.astype("float32"))
    expected = _result(make(), repeated)
    close(weighted, expected, f"{name} must count a row of weight 2 as two rows")

    upright = tuple(c[:, None] if c.ndim == 1 else c for c in columns)
    close(_result(make(), upright), whole, f"{name} must take columns (batch, 1)")
    true, outputs, *others = columns
    half = outputs.astype("float16")
    expected = _result(make(), (true, half.astype("float32"), *others))
    for dtype, tolerance in (("float16", 1e-2), ("bfloat16", 0.15)):
        given = keras.ops.cast(keras.ops.convert_to_tensor(half), dtype)
        found = _result(make(), (true, given, *others))
        close(found, expected, f"{name} must take outputs in {dtype}", tolerance)
    close(_result(make(), columns), whole, f"{name} must be saved with its results")


def _columns(name: str) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(11)
    if metrics.takes(name, "num_classes") or metrics.takes(name, "from_logits"):
        labels = rng.integers(0, _CLASSES, _ROWS)
        columns = labels, rng.normal(0, 2, (_ROWS, _CLASSES)).astype("float32")
    else:
        values = rng.uniform(2, 78, _ROWS).astype("float32")
        columns = values, values + rng.normal(0, 8, _ROWS).astype("float32")
    if metrics.takes(name, "num_groups"):
        columns = *columns, rng.integers(0, _GROUPS, _ROWS)
    return columns


def _result(
    metric: keras.metrics.Metric, columns: Sequence, **weights: np.ndarray
) -> np.ndarray:
    metric.update_state(*columns, **weights)
    return keras.ops.convert_to_numpy(metric.result())
