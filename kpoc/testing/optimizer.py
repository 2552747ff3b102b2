"""What every optimizer promises."""

from __future__ import annotations

import keras
import numpy as np

from kpoc import optimizers
from kpoc.testing.promises import close, expect
from kpoc.testing.saving import restored

_SHAPES = {"kernel": (4, 3), "bias": (3,)}


def check_optimizer(name: str, **options: object) -> None:
    """Checks what a training and a saved model rely on.

    The optimizer

    - lowers a sum of squares;
    - leaves variables as they are whose gradients are 0, but for the weight decay;
    - keeps variables in half precision finite, whatever the gradients' size;
    - is saved and loaded with the path that it takes.

    Args:
        name: As `kpoc.optimizers.get` takes it.
        **options: For the optimizer; a learning rate of 0.02 by default.

    Raises:
        AssertionError: A promise is broken; says which.

    Example:
        >>> check_optimizer("lars", learning_rate=0.3)
    """
    options = {"learning_rate": 0.02, **options}

    def make() -> keras.optimizers.Optimizer:
        return optimizers.get(name, **options)

    start = _arrays(_variables())
    path = _descend(make())
    before, after = (sum(np.sum(v**2) for v in values) for values in (start, path))
    expect(after < before, f"{name} must lower a sum of squares")
    again = restored(make(), name)
    close(_flat(_descend(again)), _flat(path), f"{name} must be saved with its path", 0)

    still = make()
    still.weight_decay = 0.0
    variables = _variables()
    _step(still, variables, *[0.0] * 6)
    promise = f"{name} must leave variables as they are whose gradients are 0"
    close(_flat(_arrays(variables)), _flat(start), promise, 1e-7)

    for dtype in ("float16", "bfloat16"):
        variables = _variables(dtype)
        _step(make(), variables, 1e-6, 1e-6, 0.0, 0.0, 3e4, 3e4)
        values = _flat(_arrays(variables))
        expect(np.isfinite(values).all(), f"{name} must keep {dtype} finite")


def _variables(dtype: str = "float32") -> list[keras.Variable]:
    rng = np.random.default_rng(4)
    return [
        keras.Variable(rng.normal(size=shape), name=name, dtype=dtype)
        for name, shape in _SHAPES.items()
    ]


def _descend(optimizer: keras.optimizers.Optimizer) -> list[np.ndarray]:
    """Where eight steps down the sum of squares lead."""
    variables = _variables()
    optimizer.build(variables)
    for _ in range(8):
        optimizer.apply([2.0 * keras.ops.convert_to_tensor(v) for v in variables])
    return _arrays(variables)


def _step(
    optimizer: keras.optimizers.Optimizer,
    variables: list[keras.Variable],
    *gradients: float,
) -> None:
    optimizer.build(variables)
    for value in gradients:
        optimizer.apply([keras.ops.full(v.shape, value, v.dtype) for v in variables])


def _arrays(variables: list[keras.Variable]) -> list[np.ndarray]:
    return [
        np.array(keras.ops.convert_to_numpy(keras.ops.cast(v, "float32")))
        for v in variables
    ]


def _flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])
