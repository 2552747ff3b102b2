import numpy as np
import pytest

from kpoc.metrics import BalancedAccuracy, SparseAccuracy


@pytest.mark.parametrize("adjusted", [False, True])
def test_gives_scikit_learns_number(vectors, streamed, adjusted):
    metric = BalancedAccuracy(6, adjusted=adjusted)
    result = streamed(metric, vectors["y_true"], vectors["scores"].astype("float32"))
    key = "balanced_accuracy" + adjusted * "_adjusted"
    np.testing.assert_allclose(result, vectors[key], rtol=1e-6)


def test_class_that_is_only_predicted_is_left_out(vectors, streamed):
    scores = np.eye(6, dtype="float32")[vectors["absent__y_pred"]]
    result = streamed(BalancedAccuracy(6), vectors["absent__y_true"], scores)
    np.testing.assert_allclose(result, vectors["absent__balanced_accuracy"], rtol=1e-6)


def test_adjusted_is_undefined_for_one_class():
    metric = BalancedAccuracy(3, adjusted=True)
    metric.update_state([1, 1], np.eye(3)[:2])
    assert np.isnan(float(metric.result()))


def test_accuracy(vectors, streamed):
    metric = SparseAccuracy()
    result = streamed(metric, vectors["y_true"], vectors["scores"].astype("float32"))
    np.testing.assert_allclose(result, vectors["accuracy"], rtol=1e-6)
