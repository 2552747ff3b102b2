import numpy as np
import pytest

from kpoc.evaluation.calibration import expected_calibration_error
from kpoc.metrics import ExpectedCalibrationError


def by_loop(true, probabilities, num_bins):
    """Guo et al.'s equations 1 to 3, bin after bin."""
    confidence, n = probabilities.max(axis=1), len(true)
    hit = probabilities.argmax(axis=1) == true
    error = 0.0
    for m in range(1, num_bins + 1):
        in_bin = (confidence > (m - 1) / num_bins) & (confidence <= m / num_bins)
        if in_bin.any():
            gap = abs(hit[in_bin].mean() - confidence[in_bin].mean())
            error += in_bin.sum() / n * gap
    return error


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (120, 6))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return rng.integers(0, 6, 120), logits, probabilities


@pytest.mark.parametrize("num_bins", [1, 10, 15])
def test_both_forms_give_the_loops_number(rows, streamed, num_bins):
    true, logits, probabilities = rows
    expected = by_loop(true, probabilities, num_bins)
    result = expected_calibration_error(true, probabilities, num_bins=num_bins)
    np.testing.assert_allclose(result, expected, rtol=1e-12)
    for scores, from_logits in ((logits, True), (probabilities, False)):
        metric = ExpectedCalibrationError(num_bins, from_logits)
        result = streamed(metric, true, scores.astype("float32"))
        np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_one_score_a_row_is_two_classes(rows, streamed):
    true, logit = rows[0] % 2, rows[1][:, :1].astype("float32")
    one = 1 / (1 + np.exp(-logit.astype("float64")))
    expected = by_loop(true, np.hstack([1 - one, one]), 15)
    for scores, from_logits in ((logit, True), (one, False)):
        metric = ExpectedCalibrationError(from_logits=from_logits)
        np.testing.assert_allclose(streamed(metric, true, scores), expected, rtol=1e-5)
    pair = ExpectedCalibrationError()
    result = streamed(pair, true, np.hstack([0 * logit, logit]))
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_confidence_on_an_edge_belongs_to_the_bin_below():
    true = np.array([0, 1, 0])
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [0.61, 0.39]], "float32")
    expected = (abs(1 - 1.2) + abs(1 - 0.61)) / 3
    metric = ExpectedCalibrationError(10, from_logits=False)
    metric.update_state(true, probabilities)
    np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-5)
    result = expected_calibration_error(true, probabilities, num_bins=10)
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_calibrated_and_certain():
    metric = ExpectedCalibrationError()
    metric.update_state([0, 1, 1], 200.0 * np.eye(2)[[0, 1, 1]])
    assert float(metric.result()) == 0.0
    metric.reset_state()
    metric.update_state([1, 0], 200.0 * np.eye(2))
    assert float(metric.result()) == 1.0


def test_bad_input():
    with pytest.raises(ValueError, match="`num_bins` must be an integer"):
        ExpectedCalibrationError(num_bins=0)
    two = np.full((2, 2), 0.5)
    with pytest.raises(ValueError, match="`num_bins` must be an integer"):
        expected_calibration_error([0, 1], two, num_bins=1.5)
    with pytest.raises(ValueError, match=r"class codes 0 \.\. 1. Received: \[2\]"):
        expected_calibration_error([0, 2], two)
    with pytest.raises(ValueError, match=r"`probabilities` must be \(n, K\)"):
        expected_calibration_error([0, 1, 1], two)
    assert np.isnan(expected_calibration_error([], np.zeros((0, 2))))
