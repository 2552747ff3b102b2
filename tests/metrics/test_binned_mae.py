import keras
import numpy as np
import pytest

from kpoc.evaluation.binned import mean_absolute_error_by_bin
from kpoc.metrics import InverseTransformed, MeanAbsoluteErrorByBin

EDGES = [1, 11, 21, 31, 41, 51, 61, 71, 81]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    true = rng.integers(1, 60, 120).astype("float64")
    return true, true + rng.normal(0, 6, 120)


def by_loop(true, predicted):
    """The macro average by the words of its definition, bin after bin."""
    values = []
    for low, high in zip(EDGES, EDGES[1:], strict=False):
        errors = [
            abs(p - t)
            for t, p in zip(true, predicted, strict=True)
            if low <= t < high or t == high == EDGES[-1]
        ]
        values.append(sum(errors) / len(errors) if errors else np.nan)
    return np.array(values)


def test_both_forms_give_the_loops_numbers(rows, streamed):
    expected = by_loop(*rows)
    assert np.isnan(expected[-2:]).all()
    for average, value in ((None, expected), ("macro", np.nanmean(expected))):
        metric = MeanAbsoluteErrorByBin(EDGES, average=average)
        np.testing.assert_allclose(streamed(metric, *rows), value, rtol=1e-5)
        result = mean_absolute_error_by_bin(*rows, EDGES, average=average)
        np.testing.assert_allclose(result, value, rtol=1e-12)


def test_forms_agree_in_float64(rows, streamed, x64):
    with x64():
        metric = MeanAbsoluteErrorByBin(EDGES, dtype="float64")
        result = streamed(metric, *rows)
    np.testing.assert_allclose(
        result, mean_absolute_error_by_bin(*rows, EDGES), rtol=1e-12
    )


def test_one_bin_is_the_mean_absolute_error(vectors, streamed):
    true, predicted = vectors["mae__y"], vectors["mae__pred"]
    edges = [true.min() - 1, true.max() + 1]
    result = streamed(MeanAbsoluteErrorByBin(edges), true, predicted)
    np.testing.assert_allclose(result, vectors["mae__value"], rtol=1e-6)


def test_edges_belong_to_the_bin_above_but_the_last():
    metric = MeanAbsoluteErrorByBin([0, 10, 20], average=None)
    metric.update_state([0.0, 10.0, 20.0], [1.0, 13.0, 25.0])
    result = keras.ops.convert_to_numpy(metric.result())
    np.testing.assert_allclose(result, [1.0, 4.0])
    np.testing.assert_allclose(
        mean_absolute_error_by_bin([0, 10, 20], [1, 13, 25], [0, 10, 20], average=None),
        [1.0, 4.0],
    )


@pytest.mark.parametrize("outside", [-1.0, 20.5, np.nan])
def test_truth_outside_the_edges_shows(outside):
    metric = MeanAbsoluteErrorByBin([0, 10, 20])
    metric.update_state([5.0, outside], [6.0, 6.0], sample_weight=[1.0, 0.0])
    assert float(metric.result()) == 1.0
    metric.update_state([5.0, outside], [6.0, 6.0])
    assert np.isnan(float(metric.result()))
    with pytest.raises(ValueError, match="`truth` must lie within 0 and 20"):
        mean_absolute_error_by_bin([5.0, outside], [6.0, 6.0], [0, 10, 20])


@pytest.mark.parametrize("edges", [[1.0], [1, 1, 2], [3, 2], [1, np.nan, 3]])
def test_bad_edges(edges):
    with pytest.raises(ValueError, match="`edges` must be at least two rising"):
        MeanAbsoluteErrorByBin(edges)
    with pytest.raises(ValueError, match="`edges` must be at least two rising"):
        mean_absolute_error_by_bin([1.0], [1.0], edges)


def test_bad_average_and_shape():
    with pytest.raises(ValueError, match="`edges` must be .*Received: edges=ab"):
        MeanAbsoluteErrorByBin("ab")
    with pytest.raises(ValueError, match="`average` must be"):
        MeanAbsoluteErrorByBin(EDGES, average="micro")
    with pytest.raises(ValueError, match="`average` must be"):
        mean_absolute_error_by_bin([1], [1], EDGES, average="micro")
    with pytest.raises(ValueError, match="`y_true` must have one element"):
        MeanAbsoluteErrorByBin(EDGES).update_state(np.ones(3), np.ones((4, 1)))
    with pytest.raises(ValueError, match="as long as each other"):
        mean_absolute_error_by_bin([1, 2], [1], EDGES)


class TestInverseTransformed:
    @pytest.mark.parametrize(
        "transform, forward", [("log", np.log), ("log1p", np.log1p), ("identity", abs)]
    )
    def test_shows_the_error_in_the_unit(self, rows, streamed, transform, forward):
        true, predicted = rows[0], np.maximum(rows[1], 0.5)
        metric = InverseTransformed(keras.metrics.MeanAbsoluteError(), transform)
        result = streamed(metric, forward(true), forward(predicted))
        np.testing.assert_allclose(result, abs(true - predicted).mean(), rtol=1e-5)

    def test_min_max_is_in_the_unit_of_its_range(self):
        metric = InverseTransformed(
            keras.metrics.MeanAbsoluteError(), "min_max", (-50.0, 150.0)
        )
        metric.update_state(np.array([[0.0], [0.5]]), np.array([[0.25], [2.0]]))
        # -50 predicted as 0, 50 predicted as 350, which is clipped to 150
        np.testing.assert_allclose(float(metric.result()), (50 + 100) / 2, rtol=1e-6)

    def test_clips_predictions_and_not_the_truth(self):
        metric = InverseTransformed(
            keras.metrics.MeanAbsoluteError(name="mae"), "log", (1, 80)
        )
        assert metric.name == "mae"
        metric.update_state(np.log([[90.0], [10.0]]), np.array([[500.0], [-500.0]]))
        np.testing.assert_allclose(float(metric.result()), (10 + 9) / 2, rtol=1e-6)
        metric.reset_state()
        metric.update_state(np.log([[20.0]]), np.log([[21.0]]))
        np.testing.assert_allclose(float(metric.result()), 1.0, rtol=1e-5)

    @pytest.mark.parametrize(
        "arguments, message",
        [
            ({"metric": "mae"}, "`metric` must be a keras.metrics.Metric"),
            ({"transform": "sqrt"}, "`transform` must be one of"),
            ({"value_range": (80, 1)}, "`value_range` must be"),
            ({"transform": "min_max"}, "`value_range` must be given"),
            ({"value_range": (1, 2, 3)}, "`value_range` must be"),
        ],
    )
    def test_bad_arguments(self, arguments, message):
        arguments = {"metric": keras.metrics.MeanAbsoluteError(), **arguments}
        with pytest.raises(ValueError, match=message):
            InverseTransformed(**arguments)
