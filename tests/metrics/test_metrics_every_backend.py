"""Every metric once, against numbers from elsewhere: the quick check of a backend."""

import keras
import numpy as np
import pytest

from kpoc import metrics

LABELS = ("y_true", "scores")
GROUPS = ("g4__y_true", "g4__y_pred", "g4__sensitive")
AGES = ("mae__y", "mae__pred")
UNITS = [
    (metrics.SparseAccuracy(), LABELS, "accuracy"),
    (metrics.SparseF1Score(6), LABELS, "f1_macro"),
    (metrics.SparseF1Score(6, average="weighted"), LABELS, "f1_weighted"),
    (metrics.BalancedAccuracy(6), LABELS, "balanced_accuracy"),
    (metrics.GroupAccuracy(4), GROUPS, "g4__by_group_acc"),
    (metrics.GroupTruePositiveRate(4), GROUPS, "g4__by_group_tpr"),
    (metrics.GroupFalsePositiveRate(4), GROUPS, "g4__by_group_fpr"),
    (metrics.GroupSelectionRate(4), GROUPS, "g4__by_group_sr"),
    (metrics.GroupDemographicParityDifference(4), GROUPS, "g4__dp_difference"),
    (metrics.GroupEqualizedOddsDifference(4), GROUPS, "g4__eo_difference"),
    (metrics.MeanAbsoluteErrorByBin([-1e3, 1e3]), AGES, "mae__value"),
    (
        metrics.InverseTransformed(keras.metrics.MeanAbsoluteError()),
        AGES,
        "mae__value",
    ),
]


def once(metric, columns):
    """The result of all rows; compiled on JAX, where eager operations are slow."""
    if keras.backend.backend() != "jax":
        metric.update_state(*columns)
        return keras.ops.convert_to_numpy(metric.result())
    import jax

    def run(state, *columns):
        return metric.stateless_result(metric.stateless_update_state(state, *columns))

    return np.array(jax.jit(run)([v.value for v in metric.variables], *columns))


@pytest.mark.parametrize(
    "metric, columns, expected", UNITS, ids=[unit[0].name for unit in UNITS]
)
def test_unit(vectors, as_logits, metric, columns, expected):
    true, predicted, *groups = (vectors[name] for name in columns)
    predicted = as_logits(predicted) if groups else predicted.astype("float32")
    result = once(metric, (true, predicted, *groups))
    np.testing.assert_allclose(result, vectors[expected], rtol=1e-5)


def test_group_mean_absolute_error(vectors):
    true, predicted = vectors["mae__y"], vectors["mae__pred"]
    groups = np.arange(len(true)) % 3
    expected = [abs(true - predicted)[groups == g].mean() for g in range(3)]
    result = once(metrics.GroupMeanAbsoluteError(3), (true, predicted, groups))
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_calibration_error():
    columns = [0, 0, 1], np.array([[0.75, 0.25], [0.85, 0.15], [0.75, 0.25]])
    metric = metrics.ExpectedCalibrationError(10, from_logits=False)
    expected = (abs(1 - 1.5) + abs(1 - 0.85)) / 3
    result = once(metric, tuple(np.asarray(column) for column in columns))
    np.testing.assert_allclose(result, expected, rtol=1e-6)
