"""What every registered loss promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np

from kpoc import losses
from kpoc.losses import _registry
from kpoc.testing.gradients import value_and_grad
from kpoc.testing.promises import close, expect
from kpoc.testing.saving import restored

_CLASSES, _ROWS = 4, 12


def check_loss(
    name: str,
    *,
    options: Mapping[str, object] | None = None,
    batch: tuple[np.ndarray, np.ndarray] | None = None,
) -> None:
    """Checks what a training and a saved model rely on.

    For each kind of target that it suits, the loss

    - is made as a training makes it: by `from_data(labels, num_classes, **options)`,
      or by the class alone where it has none;
    - takes labels as a training gives them, `(batch,)` or `(batch, 1)`: codes of
      classes beside logits, or values;
    - gives a finite number a row, and by default their mean;
    - has finite gradients, which are not all 0, and is finite in half precision;
    - falls as outputs get better;
    - is saved and loaded with its value.

    Args:
        name: The loss's, as it was registered.
        options: For `from_data` or the class.
        batch: `y_true` and `y_pred` that suit it, for a loss without kinds; without
            it, such a loss is only looked up.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_loss("lmf", options={"gamma": 2.0})
    """
    options = dict(options or {})
    expect(losses.get(name).__doc__, f"{name} must say in words what it is")
    kinds = _registry.kinds_of(name)
    for kind in kinds:
        labels, outputs = _batch(kind)
        make = _maker(name, kind, options)
        _check(f"{name} of a {kind} target", make, labels, outputs)
        _check_better(name, kind, make())
    if batch and not kinds:
        cls = losses.get(name)
        _check(name, lambda **more: cls(**options, **more), *batch)


def _maker(name: str, kind: str, options: dict) -> Callable[..., keras.losses.Loss]:
    cls = losses.get(name)
    labels, _ = _batch(kind)
    count = {"regression": None, "binary": 2, "categorical": _CLASSES}[kind]

    def make(**more: object) -> keras.losses.Loss:
        if hasattr(cls, "from_data"):
            return cls.from_data(labels, num_classes=count, **options, **more)
        return cls(**options, **more)

    return make


def _batch(kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    if kind == "regression":
        values = rng.uniform(1.0, 5.0, _ROWS).astype("float32")
        return values, (values + rng.normal(0, 1, _ROWS).astype("float32"))[:, None]
    classes, logits = (2, 1) if kind == "binary" else (_CLASSES, _CLASSES)
    labels = (np.arange(_ROWS) ** 2 % (classes + 1) % classes).astype("int32")
    labels[:classes] = np.arange(classes)
    return labels, rng.normal(0, 2, (_ROWS, logits)).astype("float32")


def _check(
    what: str,
    make: Callable[..., keras.losses.Loss],
    labels: np.ndarray,
    outputs: np.ndarray,
) -> None:
    rows = keras.ops.convert_to_numpy(make(reduction="none")(labels, outputs))
    expect(np.isfinite(rows).all(), f"{what} must give finite numbers")
    expect(rows.ndim >= 1, f"{what} must give one number a row with reduction none")
    loss = make()
    value = float(loss(labels, outputs))
    close(value, rows.mean(), f"{what} must be the mean of its rows by default")
    if labels.ndim == 1:
        column = float(loss(labels[:, None], outputs))
        close(column, value, f"{what} must take labels (batch, 1) as (batch,)")
    _, gradient = value_and_grad(lambda z: loss(labels, z), outputs, "eager")
    expect(
        np.isfinite(gradient).all() and gradient.any(),
        f"{what} must have finite gradients that are not all 0",
    )
    half = float(loss(labels, keras.ops.cast(outputs, "float16")))
    expect(np.isfinite(half), f"{what} must be finite for outputs in float16")
    again = restored(loss, what)
    close(float(again(labels, outputs)), value, f"{what} must be saved with its value")


def _check_better(name: str, kind: str, loss: keras.losses.Loss) -> None:
    labels, _ = _batch(kind)
    if kind == "regression":
        good = labels[:, None]
        worse = [good + 4.0, good + 1.0, good]
    else:
        one = labels[:, None] * 2.0 - 1.0
        good = one if kind == "binary" else np.eye(_CLASSES)[labels]
        worse = [-good, 0.0 * good, good]
    values = [float(loss(labels, outputs.astype("float32"))) for outputs in worse]
    expect(
        np.all(np.diff(values) < 0),
        f"{name} must fall as outputs of a {kind} target get better. It gives {values}",
    )
