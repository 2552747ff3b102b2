"""Top-k accuracy and cross-entropy against scikit-learn's numbers."""

import keras
import numpy as np
import pytest
from sklearn import metrics as sk

from kpoc.metrics import SparseCrossentropy, SparseTopKAccuracy


def test_top3_is_that_of_the_reference_with_and_without_ties(vectors, streamed):
    for scores, key in (
        ("scores", "top3_accuracy"),
        ("scores_ties", "top3_accuracy_ties"),
    ):
        result = streamed(SparseTopKAccuracy(3), vectors["y_true"], vectors[scores])
        assert result == pytest.approx(vectors[key].item(), rel=1e-6)


@pytest.mark.parametrize("k", [1, 2, 4, 8])
def test_every_k(k, streamed):
    rng = np.random.default_rng(k)
    truth, scores = rng.integers(0, 9, 60), rng.integers(0, 5, (60, 9))
    expected = sk.top_k_accuracy_score(truth, scores, k=k, labels=range(9))
    assert streamed(SparseTopKAccuracy(k), truth, scores) == pytest.approx(expected)


def test_one_score_a_row_means_two_classes(streamed):
    truth, logits = [0, 1, 1], np.array([[-1.0], [2.0], [-3.0]])
    assert streamed(SparseTopKAccuracy(1), truth, logits) == pytest.approx(2 / 3)
    assert streamed(SparseTopKAccuracy(2), truth, logits) == 1.0
    chances = 1 / (1 + np.exp(-logits))
    assert streamed(SparseTopKAccuracy(1, from_logits=False), truth, chances) == (
        pytest.approx(2 / 3)
    )
    expected = sk.log_loss(truth, chances[:, 0])
    for metric, scores in (
        (SparseCrossentropy(), logits),
        (SparseCrossentropy(from_logits=False), chances),
    ):
        assert streamed(metric, truth, scores) == pytest.approx(expected, rel=1e-5)


def test_what_is_not_a_number_is_never_right(streamed):
    scores = np.array([[np.nan] * 4, [0.0, np.nan, 1.0, 2.0]])
    assert streamed(SparseTopKAccuracy(3), [0, 1], scores) == 0.0
    assert np.isnan(streamed(SparseCrossentropy(), [0, 1], scores))


def test_far_logits_do_not_overflow(streamed):
    scores = np.array([[1e4, -1e4], [1e4, -1e4]], "float32")
    assert streamed(SparseCrossentropy(), [0, 1], scores) == pytest.approx(1e4)


def test_wrong_arguments():
    for k in (0, -1, 1.5):
        with pytest.raises(ValueError, match=f"`k` must be an integer.*k={k}"):
            SparseTopKAccuracy(k)
    with pytest.raises(ValueError, match="`num_classes` must be"):
        SparseCrossentropy(num_classes=1)
    assert SparseTopKAccuracy(5).name == "top5"
    assert isinstance(SparseTopKAccuracy(), keras.metrics.Metric)
