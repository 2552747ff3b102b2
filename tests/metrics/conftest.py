"""What the tests of the metrics share.

JAX compiles every operation for every shape, so the tests keep to 120 rows in batches
of 30, six classes and four groups, where it makes no difference.
"""

import contextlib
import pathlib

import keras
import numpy as np
import pytest

VECTORS = pathlib.Path(__file__).parents[1] / "reference" / "metrics.npz"


@pytest.fixture(scope="session")
def vectors():
    """scikit-learn's and fairlearn's numbers, with the rows they come from."""
    with np.load(VECTORS) as file:
        return dict(file)


def _streamed(metric, *columns, size=30, **options):
    """The result of a metric after the rows came in batches."""
    for start in range(0, len(columns[0]), size):
        rows = slice(start, start + size)
        metric.update_state(
            *(np.asarray(column)[rows] for column in columns),
            **{name: np.asarray(value)[rows] for name, value in options.items()},
        )
    return keras.ops.convert_to_numpy(metric.result())


@pytest.fixture
def streamed():
    return _streamed


@contextlib.contextmanager
def _x64():
    if keras.backend.backend() == "jax":
        import jax

        with jax.enable_x64(True):
            yield
    else:
        yield


@pytest.fixture
def x64():
    """A context in which the backend can compute in float64."""
    return _x64


@pytest.fixture
def as_logits():
    """One logit a row for predicted classes 0 and 1."""
    return lambda predicted: np.where(np.asarray(predicted) > 0, 1.5, -0.5)[:, None]
