"""What the tests of the losses share: vectors, gradients, one case a loss."""

import contextlib
import dataclasses
import pathlib
import typing

import keras
import numpy as np
import pytest

from kpoc import losses
from kpoc.testing.gradients import value_and_grad

VECTORS = pathlib.Path(__file__).parents[1] / "reference"
CLASSES, ROWS = 4, 6
COUNTS = [1200, 430, 96, 7]


@pytest.fixture(scope="session")
def vectors():
    """Loads a file of vectors by its name."""
    return lambda name: np.load(VECTORS / f"{name}.npz")


@contextlib.contextmanager
def _precision(dtype):
    if dtype == "float64" and keras.backend.backend() == "jax":
        import jax

        with jax.enable_x64(True):
            yield
    else:
        yield


@pytest.fixture
def precision():
    """A context in which the backend can compute in the dtype."""
    return _precision


def _mean_of(make, dtype, rows):
    """The loss with its mean over rows in `dtype`.

    Keras' own mean is float32 on PyTorch, whatever the dtype; its sum is not.
    """
    if dtype != "float64" or keras.backend.backend() != "torch":
        return make(dtype=dtype)
    loss = make(dtype=dtype, reduction="sum")
    return lambda *args: loss(*args) / rows


@pytest.fixture
def mean_of():
    return _mean_of


@pytest.fixture(name="value_and_grad")
def value_and_grad_fixture():
    return value_and_grad


@pytest.fixture
def in_graph():
    """The value of loss(y_true, y_pred) where nobody can look at the labels."""

    def value(loss, y_true, y_pred):
        y_true = y_true.astype("float32")

        def of(z):
            unseen = 0 * keras.ops.sum(z)
            return loss(keras.ops.convert_to_tensor(y_true) + unseen, z)

        traced = keras.backend.backend() == "tensorflow"
        return value_and_grad(of, y_pred, "traced" if traced else None)[0]

    return value


@dataclasses.dataclass(frozen=True)
class Case:
    """A loss with a batch that fits it."""

    make: typing.Callable
    y_true: np.ndarray
    y_pred: np.ndarray
    labels: bool = False  # takes integer labels and logits


def _cases():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (ROWS, CLASSES)).astype("float32")
    labels = np.array([0, 1, 2, 3, 0, 2])
    years = rng.uniform(15, 70, 300)
    target = np.array([16.0, 22.5, 31.0, 44.0, 69.0, 90.0], "float32")
    guess = target + np.array([1.2, -2.0, 0.3, 4.0, -7.0, 2.0], "float32")
    views = rng.normal(0, 1, (2, ROWS, 5)).astype("float32")
    teacher = rng.dirichlet(np.ones(CLASSES), (2, ROWS)).astype("float32")
    student = rng.normal(0, 1, (3, ROWS, CLASSES)).astype("float32")

    def labelled(cls, **options):
        return Case(
            lambda **kw: cls(**{**options, **kw}),
            labels,
            logits,
            labels=True,
        )

    def dense(loss, method="kde"):
        weight = losses.DenseWeight(1.0, method).fit(years)
        return Case(
            lambda **kw: losses.DenseLoss(weight, **{"loss": loss, **kw}), target, guess
        )

    FOCAL = losses.SparseCategoricalFocalCrossentropy
    counts = {"class_counts": COUNTS}
    authors = {"scale": 30.0, "class_weights": "margins"}
    return {
        "focal": labelled(FOCAL),
        "focal_half": labelled(FOCAL, gamma=0.5, class_weights=[1.0, 2.0, 3.0, 4.0]),
        "focal_inside": labelled(
            FOCAL, class_weights=[0.5, 1.0, 2.0, 0.0], weighted_probability=True
        ),
        "ldam": labelled(losses.LDAMLoss, **counts),
        "ldam_authors": labelled(losses.LDAMLoss, **counts, **authors),
        "ldam_dataset": labelled(
            losses.LDAMLoss, **counts, **authors, normalize="dataset"
        ),
        "lmf": labelled(losses.LMFLoss, **counts),
        "lmf_authors": labelled(
            losses.LMFLoss, **counts, **authors, alpha=1.5, beta=1.0, gamma=1.5
        ),
        "dense_mae": dense("mae"),
        "dense_mse": dense("mse"),
        "dense_huber": dense("huber"),
        "dense_reference": dense("mae", "reference"),
        "nt_xent": Case(losses.NTXentLoss, *views),
        "dino": Case(losses.DINOLoss, teacher, student),
    }


CASES = _cases()


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


@pytest.fixture(params=[name for name, case in CASES.items() if case.labels])
def label_case(request):
    return CASES[request.param]
