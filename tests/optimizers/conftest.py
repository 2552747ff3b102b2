"""What the tests of the optimizers share: vectors, variables, steps."""

import contextlib
import json
import pathlib

import keras
import numpy as np
import pytest

VECTORS = pathlib.Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="session")
def vectors():
    """Loads a file of vectors and its settings by its name."""

    def load(name):
        settings = json.loads((VECTORS / f"{name}.json").read_text())
        with np.load(VECTORS / f"{name}.npz") as file:
            return dict(file), settings

    return load


@contextlib.contextmanager
def _precision(dtype):
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        if dtype == "float64" and keras.backend.backend() == "jax":
            import jax

            with jax.enable_x64(True):
                yield
        else:
            yield
    finally:
        keras.config.set_floatx(before)


@pytest.fixture
def precision():
    """A context in which Keras and the backend compute in the dtype."""
    return _precision


def _variable(path, value, dtype=None):
    *scopes, name = path.split("/")
    with contextlib.ExitStack() as stack:
        for scope in scopes:
            stack.enter_context(keras.name_scope(scope))
        dtype = dtype or keras.config.floatx()
        value = np.ascontiguousarray(value).astype("float64")
        return keras.Variable(value, name=name, dtype=dtype)


@pytest.fixture
def variable():
    """A variable of the path, such as "dense/kernel"."""
    return _variable


def _numpy(variables):
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


@pytest.fixture
def arrays():
    """The values of variables as numpy."""
    return _numpy


def _train(optimizer, variables, gradients, compiled=False):
    """The values of the variables after each step, from each step's gradients."""
    optimizer.build(variables)
    step = _compiled_step(optimizer, variables) if compiled else optimizer.apply
    path = []
    for grads in gradients:
        step([_gradient(g, v) for g, v in zip(grads, variables, strict=True)])
        path.append(_numpy(variables))
    return path


def _gradient(gradient, variable):
    return keras.ops.convert_to_tensor(np.ascontiguousarray(gradient), variable.dtype)


def _compiled_step(optimizer, variables):
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(optimizer.apply, jit_compile=True)
    if keras.backend.backend() == "torch":
        pytest.skip("PyTorch compiles whole models, not an optimizer's step")
    import jax

    function = jax.jit(optimizer.stateless_apply)

    def step(grads):
        state = [v.value for v in optimizer.variables]
        values, state = function(state, grads, [v.value for v in variables])
        for v, value in zip(variables + optimizer.variables, values + state):  # noqa: B905
            v.assign(value)

    return step


@pytest.fixture
def train():
    return _train
