"""Properties that hold for any batch, and gradients against finite differences."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kpoc import losses

ROWS, K = 5, 3
COUNTS = [70, 20, 10]
LOGITS = arrays("float32", (ROWS, K), elements=st.floats(-20, 20, width=32))
LABELS = arrays("int64", (ROWS,), elements=st.integers(0, K - 1))
MAKE = {
    "focal": lambda **kw: losses.SparseCategoricalFocalCrossentropy(1.5, **kw),
    "ldam": lambda **kw: losses.LDAMLoss(COUNTS, class_weights="margins", **kw),
    "lmf": lambda **kw: losses.LMFLoss(COUNTS, class_weights="balanced", **kw),
}
few = settings(max_examples=10, deadline=None, derandomize=True)


@pytest.mark.parametrize("name", MAKE)
def test_order_of_the_batch_does_not_matter(name):
    loss = MAKE[name]()

    @few
    @given(LABELS, LOGITS, st.permutations(range(ROWS)))
    def check(y, z, order):
        found = float(loss(y[order], z[order]))
        assert found == pytest.approx(float(loss(y, z)), rel=1e-4, abs=1e-6)

    check()


@pytest.mark.parametrize("name", MAKE)
def test_shifting_all_logits_changes_nothing(name):
    loss = MAKE[name]()

    @few
    @given(LABELS, LOGITS, st.floats(-50, 50, width=32))
    def check(y, z, shift):
        found = float(loss(y, z + np.float32(shift)))
        assert found == pytest.approx(float(loss(y, z)), rel=1e-4, abs=1e-4)

    check()


@pytest.mark.parametrize("name", MAKE)
def test_zero_weight_removes_any_row(name):
    loss = MAKE[name](reduction="mean_with_sample_weight")

    @few
    @given(LABELS, LOGITS, st.integers(0, ROWS - 1), st.floats(0.5, 2, width=32))
    def check(y, z, row, other):
        weight = np.full(ROWS, other, "float32")
        weight[row] = 0.0
        changed_y, changed_z = y.copy(), z.copy()
        changed_y[row], changed_z[row] = (y[row] + 1) % K, 0.0
        found = float(loss(y, z, weight))
        expected = float(loss(changed_y, changed_z, weight))
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)

    check()


@pytest.mark.parametrize("name", MAKE)
def test_never_negative_and_a_right_answer_costs_less(name):
    loss = MAKE[name]()

    @few
    @given(LABELS, LOGITS)
    def check(y, z):
        value = float(loss(y, z))
        assert value >= 0
        surer = z + 5 * np.eye(K, dtype="float32")[y]
        assert float(loss(y, surer)) <= value + 1e-6

    check()


def test_sure_and_right_is_about_zero():
    y = np.arange(K)
    z = 60 * np.eye(K, dtype="float32")
    for make in MAKE.values():
        assert float(make()(y, z)) == pytest.approx(0.0, abs=1e-12)


def test_views_in_any_order():
    a, b = np.random.default_rng(0).normal(0, 1, (2, ROWS, 4))
    order = np.array([3, 1, 4, 0, 2])
    loss = losses.NTXentLoss(0.3)
    found = float(loss(a[order], b[order]))
    assert found == pytest.approx(float(loss(a, b)), rel=1e-5)
    # Turning and stretching all projections changes nothing.
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(0, 1, (4, 4)))
    found = float(loss(3 * a @ turn, b @ turn))
    assert found == pytest.approx(float(loss(a, b)), rel=1e-4)


def test_gradient_agrees_with_finite_differences(case, value_and_grad, precision):
    if keras.backend.backend() == "torch":
        pytest.skip("Keras' mean over rows is float32 on PyTorch: no fine differences")
    x = case.y_pred.astype("float64")
    with precision("float64"):
        loss = case.make(dtype="float64")
        _, gradient = value_and_grad(lambda z: loss(case.y_true, z), x)
        for seed in range(3):
            direction = np.random.default_rng(seed).normal(0, 1, x.shape)
            step = 1e-5 * direction
            up, _ = value_and_grad(lambda z: loss(case.y_true, z), x + step)
            down, _ = value_and_grad(lambda z: loss(case.y_true, z), x - step)
            slope = (up - down) / 2e-5
            found = np.sum(gradient * direction)
            assert found == pytest.approx(slope, rel=1e-5, abs=1e-8)
