"""Targets to what a model learns, and back to what people read.

A target is anything with the attributes `kind`, `classes`, `transform` and `range` of
`kpoc.recipe.Target`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

# of the values and the two ends of their range
_TRANSFORMS: dict[str, tuple[Callable, Callable]] = {
    "identity": (lambda v, low, high: v, lambda z, low, high: z),
    "log": (lambda v, low, high: np.log(v), lambda z, low, high: np.exp(z)),
    "log1p": (lambda v, low, high: np.log1p(v), lambda z, low, high: np.expm1(z)),
    "min_max": (
        lambda v, low, high: (v - low) / (high - low),
        lambda z, low, high: low + z * (high - low),
    ),
}


def encode(target, values: pd.Series) -> np.ndarray:
    """Values of a manifest column as labels for training.

    Returns:
        (n,) int32 class codes, or (n,) float32 transformed values.
    """
    if target.kind == "regression":
        forward, _ = _TRANSFORMS[target.transform]
        learnt = forward(values.to_numpy("float64"), *target.range)
        return learnt.astype("float32")
    codes = pd.Index(target.classes).get_indexer(values)
    if (codes < 0).any():
        unknown = sorted(set(values[codes < 0].astype(str)))
        raise ValueError(
            f"`values` must be among the classes {target.classes}. Received: {unknown}"
        )
    return codes.astype("int32")


def decode(target, outputs: np.ndarray) -> np.ndarray:
    """Outputs of a head as predictions.

    Args:
        target: The target of the head.
        outputs: (n, 1) transformed values or logits of class 1, or (n, K) logits.

    Returns:
        (n,) values in the target's unit, clipped to its range, or (n, K) probabilities.
    """
    outputs = np.asarray(outputs, "float64")
    if target.kind == "regression":
        _, backward = _TRANSFORMS[target.transform]
        values = backward(outputs.reshape(len(outputs)), *target.range)
        return np.clip(values, *target.range)
    if target.kind == "binary":
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=-1)
    outputs = outputs - outputs.max(axis=-1, keepdims=True)
    powers = np.exp(outputs)
    return powers / powers.sum(axis=-1, keepdims=True)


def prediction_table(ids, targets: dict, outputs: dict[str, np.ndarray]):
    """Outputs of a model as a predictions table in the documented form.

    Args:
        ids: Row ids, in the order of the outputs.
        targets: Targets by name.
        outputs: A model's outputs by target name.

    Returns:
        A DataFrame with `id`, `<target>` for a regression target and
        `<target>.<class>` probabilities for the others.
    """
    decoded = {name: decode(target, outputs[name]) for name, target in targets.items()}
    return predictions_of(ids, targets, decoded)


def predictions_of(ids, targets: dict, decoded: dict[str, np.ndarray]):
    """Predictions as `decode` gives them, by target, as such a table."""
    columns = {"id": np.asarray(ids, dtype=object)}
    for name, target in targets.items():
        if target.kind == "regression":
            columns[name] = decoded[name]
        else:
            for code, label in enumerate(target.classes):
                columns[f"{name}.{label}"] = decoded[name][:, code]
    return pd.DataFrame(columns)
