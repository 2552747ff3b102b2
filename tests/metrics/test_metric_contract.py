"""What every metric of the shelf must do."""

import keras
import numpy as np
import pytest

from kpoc import metrics
from kpoc.evaluation import scores
from kpoc.evaluation.weighted_f1 import weighted_f1
from kpoc.testing import check_metric

ROWS, CLASSES, GROUPS = 120, 6, 4
RNG = np.random.default_rng(11)
LABELS = RNG.integers(0, CLASSES, ROWS)
SCORES = RNG.normal(0, 2, (ROWS, CLASSES)).astype("float32")
YEARS = RNG.uniform(2, 78, ROWS).astype("float32")
GUESSES = YEARS + RNG.normal(0, 8, ROWS).astype("float32")
MEMBERS = RNG.integers(0, GROUPS, ROWS)
WEIGHTS = RNG.permutation(np.arange(ROWS) % 3).astype("float32")

CLASS_COLUMNS = (LABELS, SCORES)
GROUP_COLUMNS = (*CLASS_COLUMNS, MEMBERS)
CASES = {
    "accuracy": (metrics.SparseAccuracy, {}, CLASS_COLUMNS),
    "f1": (metrics.SparseF1Score, {"num_classes": CLASSES}, CLASS_COLUMNS),
    "f1_weighted": (
        metrics.SparseF1Score,
        {"num_classes": CLASSES, "average": "weighted", "undefined": "zero"},
        CLASS_COLUMNS,
    ),
    "f1_per_class": (
        metrics.SparseF1Score,
        {"num_classes": CLASSES, "average": None},
        CLASS_COLUMNS,
    ),
    "balanced_accuracy": (
        metrics.BalancedAccuracy,
        {"num_classes": CLASSES, "adjusted": True},
        CLASS_COLUMNS,
    ),
    "top_k": (metrics.SparseTopKAccuracy, {"k": 2}, CLASS_COLUMNS),
    "cross_entropy": (metrics.SparseCrossentropy, {}, CLASS_COLUMNS),
    "ece": (metrics.ExpectedCalibrationError, {"num_bins": 8}, CLASS_COLUMNS),
    "mae_by_bin": (
        metrics.MeanAbsoluteErrorByBin,
        {"edges": [0, 20, 50, 80]},
        (YEARS, GUESSES),
    ),
    "years": (
        metrics.InverseTransformed,
        {
            "metric": keras.metrics.MeanAbsoluteError,
            "transform": "log1p",
            "value_range": (1, 80),
        },
        (np.log1p(YEARS)[:, None], np.log1p(np.maximum(GUESSES, 0))[:, None]),
    ),
    "group_mae": (
        metrics.GroupMeanAbsoluteError,
        {"num_groups": GROUPS, "summary": "worst"},
        (YEARS, GUESSES, MEMBERS),
    ),
    **{
        cls.__name__: (cls, {"num_groups": GROUPS, **options}, GROUP_COLUMNS)
        for cls, options in (
            (metrics.GroupAccuracy, {"summary": "penalized_mean", "penalty": 0.3}),
            (metrics.GroupTruePositiveRate, {"positive": 2}),
            (metrics.GroupFalsePositiveRate, {"summary": "gap", "undefined": "skip"}),
            (metrics.GroupSelectionRate, {"summary": "mean"}),
            (metrics.GroupDemographicParityDifference, {"method": "to_overall"}),
            (metrics.GroupEqualizedOddsDifference, {"agg": "mean"}),
        )
    },
}
EVERY = pytest.mark.parametrize("name", CASES)
LABELLED = pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case[2][0] is LABELS]
)
GROUPED = pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if len(case[2]) == 3]
)
COMPILED = {"f1", "ece", "GroupEqualizedOddsDifference"}
FEW = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in COMPILED else pytest.mark.slow)
        for name in CASES
    ],
)


def make(case, **more):
    cls, options, columns = CASES[case]
    options = {**options, **more}
    if "metric" in options:
        options["metric"] = options["metric"]()
    return cls(**options), columns


def value(metric, columns, **options):
    metric.reset_state()
    metric.update_state(*columns, **options)
    return keras.ops.convert_to_numpy(metric.result())


NEW = sorted(set(metrics.__all__) - {case[0].__name__ for case in CASES.values()})


@pytest.mark.parametrize(
    "name", [*CASES, *(n for n in NEW if isinstance(getattr(metrics, n), type))]
)
def test_a_metric_keeps_the_contract(name):
    if name not in CASES:
        check_metric(name)
        return
    cls, options, columns = CASES[name]
    if "metric" in options:
        options = options | {"metric": options["metric"]()}
    check_metric(cls.__name__, columns=columns, **options)


@EVERY
def test_one_weight_a_row(name):
    metric, columns = make(name)
    if name == "years":
        pytest.skip("Keras' own metric inside")
    with pytest.raises(ValueError, match="`sample_weight` must have one element for"):
        metric.update_state(*columns, sample_weight=WEIGHTS[:-1])


@EVERY
def test_no_rows_and_reset_give_nan_or_keras_zero(name):
    metric, columns = make(name)
    before = keras.ops.convert_to_numpy(metric.result())
    value(metric, columns)
    metric.reset_state()
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(metric.result()), before)
    expected = 0.0 if name == "years" else np.nan
    np.testing.assert_array_equal(before, np.full_like(before, expected))


@LABELLED
@pytest.mark.parametrize("bad", [-1, CLASSES, 1.5, np.nan])
def test_label_that_is_none_shows_unless_masked(name, bad):
    metric, (labels, *others) = make(name)
    weight = np.ones(ROWS, "float32")
    weight[7] = 0.0
    expected = value(metric, (labels, *others), sample_weight=weight)
    labels = labels.astype("float32")
    labels[7] = bad
    result = value(metric, (labels, *others), sample_weight=weight)
    np.testing.assert_array_equal(result, expected)
    result = value(metric, (labels, *others))
    np.testing.assert_array_equal(result, np.full_like(result, np.nan))


@GROUPED
@pytest.mark.parametrize("bad", [-1, GROUPS])
def test_group_that_is_none_shows_unless_masked(name, bad):
    metric, columns = make(name)
    groups, weight = columns[2].copy(), np.ones(ROWS, "float32")
    groups[7], weight[7] = bad, 0.0
    expected = value(metric, columns, sample_weight=weight)
    columns = (*columns[:2], groups)
    np.testing.assert_array_equal(
        value(metric, columns, sample_weight=weight), expected
    )
    result = value(metric, columns)
    np.testing.assert_array_equal(result, np.full_like(result, np.nan))


@FEW
def test_compiled_is_eager(name):
    metric, columns = make(name)
    expected = value(metric, columns, sample_weight=WEIGHTS)
    metric.reset_state()
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        state = jax.jit(metric.stateless_update_state)(
            [v.value for v in metric.variables], *columns, WEIGHTS
        )
        result = jax.jit(metric.stateless_result)(state)
    elif backend == "tensorflow":
        import tensorflow as tf

        @tf.function(jit_compile=True)
        def step(*columns):
            metric.update_state(*columns)
            return metric.result()

        result = step(*(tf.constant(c) for c in columns), tf.constant(WEIGHTS))
    else:
        pytest.skip("PyTorch runs metrics eagerly")
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(result), expected, rtol=1e-6, atol=1e-7
    )


@FEW
def test_unknown_batch_size_in_a_graph(name):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow traces with an unknown batch size")
    import tensorflow as tf

    metric, columns = make(name)
    expected = value(metric, columns)
    metric.reset_state()
    signature = [tf.TensorSpec((None, *c.shape[1:]), c.dtype) for c in columns]
    tf.function(metric.update_state, input_signature=signature)(*columns)
    result = keras.ops.convert_to_numpy(metric.result())
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-7)


@LABELLED
def test_one_hot_labels(name):
    metric, (labels, *others) = make(name)
    one_hot = np.eye(CLASSES, dtype="float32")[labels]
    np.testing.assert_array_equal(
        value(metric, (one_hot, *others)), value(metric, (labels, *others))
    )


PROBABILITIES = np.exp(SCORES.astype("float64"))
PROBABILITIES /= PROBABILITIES.sum(axis=1, keepdims=True)
NUMPY_FORMS = {
    "accuracy": scores.get("accuracy")(LABELS, PROBABILITIES),
    "f1": scores.get("macro_f1")(LABELS, PROBABILITIES),
    "f1_weighted": weighted_f1(LABELS, PROBABILITIES),
    "f1_per_class": scores.get("f1")(LABELS, PROBABILITIES),
    "balanced_accuracy": (
        (scores.get("balanced_accuracy")(LABELS, PROBABILITIES) * CLASSES - 1)
        / (CLASSES - 1)
    ),
    "cross_entropy": scores.get("cross_entropy")(LABELS, PROBABILITIES),
    "years": scores.get("mae")(YEARS, np.clip(GUESSES, 1, 80)),
}


@pytest.mark.parametrize("name", NUMPY_FORMS)
def test_numpy_form_of_saved_predictions(name):
    metric, columns = make(name)
    np.testing.assert_allclose(value(metric, columns), NUMPY_FORMS[name], 1e-6, 1e-6)


RISING = {"f1_weighted", "GroupAccuracy", "GroupSelectionRate"}
SCORES_OF = {"f1": "macro_f1", "top_k": "top3"}


@EVERY
def test_direction(name):
    metric, columns = make(name)
    if np.ndim(value(metric, columns)):
        # several numbers have no order: Keras' callbacks must ask for the mode
        assert not hasattr(metric, "_direction")
        return
    rises = name in RISING
    if (score := SCORES_OF.get(name, name)) in scores.names():
        rises = scores.get(score).better == "higher"
    assert metric._direction == ("up" if rises else "down")


@pytest.mark.parametrize("monitor", ["val_macro_f1", "val_ece"])
def test_callbacks_find_the_direction_by_themselves(monitor):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(
        "sgd",
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[metrics.SparseF1Score(2), metrics.ExpectedCalibrationError()],
    )
    stopping = keras.callbacks.EarlyStopping(monitor)
    x, y = RNG.normal(size=(8, 3)), np.arange(8) % 2
    data = {"validation_data": (x, y), "callbacks": [stopping], "verbose": 0}
    model.fit(x, y, **data)
    rises = stopping.monitor_op is keras.ops.greater
    assert rises == (monitor == "val_macro_f1")
