import keras
import numpy as np
import pytest

from kpoc.metrics import SparseF1Score


@pytest.mark.parametrize("average", ["macro", "weighted", "micro", None])
def test_gives_scikit_learns_numbers(vectors, streamed, average):
    metric = SparseF1Score(6, average=average)
    result = streamed(metric, vectors["y_true"], vectors["scores"].astype("float32"))
    expected = vectors[f"f1_{average or 'per_class'}"]
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_float64(vectors, streamed, x64):
    with x64():
        metric = SparseF1Score(6, dtype="float64")
        result = streamed(metric, vectors["y_true"], vectors["scores"])
    np.testing.assert_allclose(result, vectors["f1_macro"], rtol=1e-12)


@pytest.mark.parametrize(
    "undefined, key", [("skip", "default_labels"), ("zero", "all_K_zero")]
)
def test_class_absent_from_truth_and_predictions(vectors, streamed, undefined, key):
    scores = np.eye(6, dtype="float32")[vectors["absent__y_pred"]]
    metric = SparseF1Score(6, undefined=undefined)
    result = streamed(metric, vectors["absent__y_true"], scores)
    np.testing.assert_allclose(result, vectors[f"absent__f1_macro_{key}"], rtol=1e-6)
    per_class = SparseF1Score(6, average=None, undefined=undefined)
    result = streamed(per_class, vectors["absent__y_true"], scores)
    absent = sorted(set(range(6)) - set(vectors["absent__labels_present"]))
    expected = np.nan if undefined == "skip" else 0.0
    np.testing.assert_array_equal(result[absent], np.full(len(absent), expected))


def test_weighted_rows_as_scikit_learn_weights_them(streamed):
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    true, scores = rng.integers(0, 6, 120), rng.normal(size=(120, 6))
    weight = rng.exponential(size=120)
    for average in ("macro", "weighted", "micro", None):
        metric = SparseF1Score(6, average=average)
        result = streamed(metric, true, scores.astype("float32"), sample_weight=weight)
        expected = sklearn.f1_score(
            true, scores.argmax(1), average=average, sample_weight=weight
        )
        np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_one_logit_means_two_classes():
    logits = np.array([[-1.0], [0.0], [0.3], [4.0]], "float32")
    true = [0, 1, 1, 0]  # predicted: 0, 0 (a tie of [0, 0]), 1, 1
    for scores in (logits, logits[:, 0], np.hstack([0 * logits, logits])):
        metric = SparseF1Score(2, average=None)
        metric.update_state(true, scores)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(metric.result()), [0.5, 0.5], rtol=1e-6
        )


def test_threshold_is_a_probability_for_logits_and_probabilities():
    logits = np.linspace(-4, 4, 33, dtype="float32")[:, None]
    true = (np.arange(33) > 20).astype(int)
    results = []
    for scores, from_logits in ((logits, True), (1 / (1 + np.exp(-logits)), False)):
        metric = SparseF1Score(2, from_logits=from_logits, threshold=0.8)
        metric.update_state(true, scores)
        results.append(float(metric.result()))
    predicted = logits[:, 0] > np.log(4.0)
    hits = (predicted & (true == 1)).sum()
    ones = 2 * hits / (predicted.sum() + (true == 1).sum())
    hits = (~predicted & (true == 0)).sum()
    zeros = 2 * hits / ((~predicted).sum() + (true == 0).sum())
    np.testing.assert_allclose(results, (ones + zeros) / 2, rtol=1e-6)


def test_image_of_labels():
    rng = np.random.default_rng(0)
    true, scores = rng.integers(0, 3, (2, 3, 3)), rng.normal(size=(2, 3, 3, 3))
    by_pixel, flat = SparseF1Score(3), SparseF1Score(3)
    by_pixel.update_state(true, scores)
    flat.update_state(true.ravel(), scores.reshape(-1, 3))
    assert float(by_pixel.result()) == float(flat.result())


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_classes": 1}, "`num_classes` must be an integer of at least 2"),
        ({"num_classes": 2.5}, "num_classes=2.5"),
        ({"num_classes": None}, "`num_classes` is needed"),
        ({"num_classes": 3, "average": "samples"}, "`average` must be one of"),
        ({"num_classes": 3, "undefined": 0}, "`undefined` must be one of"),
        ({"num_classes": "3"}, "num_classes='3'"),
        ({"num_classes": 2, "threshold": 1.0}, "`threshold` must be a probability"),
        ({"num_classes": 2, "threshold": "a"}, "threshold='a'"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        SparseF1Score(**arguments)


@pytest.mark.parametrize(
    "true, scores, message",
    [
        ([0, 1], np.zeros((2, 4)), "`y_pred` must have `num_classes` scores"),
        ([0, 1], np.zeros((2, 1)), "num_classes=3"),
        ([0, 1, 2], np.zeros((2, 3)), "`y_true` must have one element for each row"),
        (np.zeros((2, 4)), np.zeros((2, 3)), r"y_true.shape=\(2, 4\)"),
    ],
)
def test_bad_shapes(true, scores, message):
    with pytest.raises(ValueError, match=message):
        SparseF1Score(3).update_state(true, scores)
