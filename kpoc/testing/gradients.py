"""Gradients by whatever backend Keras has."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np


def value_and_grad(
    function: Callable, x: np.ndarray, mode: str | None = None
) -> tuple[float, np.ndarray]:
    """Value and gradient of a function on the current backend.

    Args:
        function: Of a tensor, giving a number.
        x: Where.
        mode: `eager`, `traced` or `jit`; by default what is quickest.

    Example:
        >>> value, gradient = value_and_grad(keras.ops.sum, np.ones(2, "float32"))
        >>> value, gradient.tolist()
        (2.0, [1.0, 1.0])
    """
    x = keras.ops.convert_to_tensor(x, dtype=keras.backend.standardize_dtype(x.dtype))
    backend = keras.backend.backend()
    mode = mode or ("jit" if backend == "jax" else "eager")
    if backend == "tensorflow":
        import tensorflow as tf

        def run(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = function(x)
            return value, tape.gradient(value, x)

        if mode != "eager":
            run = tf.function(run, jit_compile=mode == "jit", autograph=False)
        value, gradient = run(x)
    elif backend == "jax":
        import jax

        run = jax.value_and_grad(function)
        value, gradient = (run if mode == "eager" else jax.jit(run))(x)
    else:
        import torch

        if mode != "eager":
            compiler = "inductor" if mode == "jit" else "aot_eager"
            function = torch.compile(function, backend=compiler)
        x = x.detach().requires_grad_()
        value = function(x)
        (gradient,) = torch.autograd.grad(value, x)
    to_numpy = keras.ops.convert_to_numpy
    if gradient.dtype != value.dtype:
        gradient = keras.ops.cast(gradient, value.dtype)
    return float(to_numpy(value)), to_numpy(gradient)
