"""The shelf as strangers meet it: names, documentation, `fit`, saved models."""

import doctest
import importlib
import pkgutil

import keras
import numpy as np
import pytest

from kpoc import metrics

NUMPY_FORMS = ("binned", "calibration", "group_metrics", "weighted_f1")


MODULES = [f"kpoc.metrics.{m.name}" for m in pkgutil.iter_modules(metrics.__path__)]
MODULES += [f"kpoc.evaluation.{name}" for name in NUMPY_FORMS]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_documentation(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


@pytest.mark.parametrize("name", metrics.__all__)
def test_public_names_are_documented_and_registered(name):
    public = getattr(metrics, name)
    for part in ("Args:", "Returns:", "Raises:", "Example:"):
        assert part in public.__doc__
    if isinstance(public, type):
        assert keras.saving.get_registered_name(public) == f"kpoc>{name}"


@pytest.mark.parametrize(
    "name, arguments, cls, shown",
    [
        ("accuracy", {"num_classes": 3}, metrics.SparseAccuracy, "accuracy"),
        ("macro_f1", {"num_classes": 3}, metrics.SparseF1Score, "macro_f1"),
        ("weighted_f1", {"num_classes": 3}, metrics.SparseF1Score, "weighted_f1"),
        ("micro_f1", {"num_classes": 3}, metrics.SparseF1Score, "micro_f1"),
        ("per_class_f1", {"num_classes": 3}, metrics.SparseF1Score, "per_class_f1"),
        (
            "balanced_accuracy",
            {"num_classes": 3},
            metrics.BalancedAccuracy,
            "balanced_accuracy",
        ),
        ("top3", {"num_classes": 9}, metrics.SparseTopKAccuracy, "top3"),
        ("cross_entropy", {}, metrics.SparseCrossentropy, "cross_entropy"),
        ("ece", {}, metrics.ExpectedCalibrationError, "ece"),
        ("mae", {}, keras.metrics.MeanAbsoluteError, "mae"),
        ("mse", {}, keras.metrics.MeanSquaredError, "mse"),
        ("rmse", {}, keras.metrics.RootMeanSquaredError, "rmse"),
        ("GroupAccuracy", {"num_groups": 2}, metrics.GroupAccuracy, "group_accuracy"),
        ("AUC", {"name": "auc"}, keras.metrics.AUC, "auc"),
    ],
)
def test_get_by_name(name, arguments, cls, shown):
    metric = metrics.get(name, **arguments)
    assert type(metric) is cls
    assert metric.name == shown


def test_get_of_other_things():
    metric = metrics.BalancedAccuracy(4)
    assert metrics.get(metric) is metric
    again = metrics.get(keras.metrics.serialize(metric))
    assert again.get_config() == metric.get_config()
    with pytest.raises(ValueError, match="Did you mean `macro_f1` .*'macrof1'"):
        metrics.get("macrof1")
    with pytest.raises(ValueError, match="`arguments` go with a name"):
        metrics.get(metric, num_classes=3)


KEYS = {
    "loss",
    "kind_loss",
    "kind_macro_f1",
    "kind_ece",
    "side_loss",
    "side_accuracy",
    "side_balanced_accuracy",
    "age_loss",
    "age_mae",
}


@pytest.fixture
def model():
    inputs = keras.Input((5,))
    outputs = {
        "kind": keras.layers.Dense(3, name="kind")(inputs),
        "side": keras.layers.Dense(1, name="side")(inputs),
        "age": keras.layers.Dense(1, name="age")(inputs),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        "sgd",
        loss={
            "kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "side": keras.losses.BinaryCrossentropy(from_logits=True),
            "age": "mae",
        },
        metrics={
            "kind": [
                metrics.get("macro_f1", num_classes=3),
                metrics.ExpectedCalibrationError(),
            ],
            "side": [
                metrics.get("accuracy"),
                metrics.get("balanced_accuracy", num_classes=2),
            ],
            "age": [
                metrics.InverseTransformed(metrics.get("mae"), "log", (1, 80)),
            ],
        },
        jit_compile=keras.backend.backend() == "jax",
    )
    return model


def test_fit_evaluate_save_and_load(model, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(48, 5)).astype("float32")
    age = rng.uniform(2, 79, 48)
    y = {
        "kind": rng.integers(0, 3, 48),
        "side": rng.integers(0, 2, 48),
        "age": np.log(age),
    }
    options = {"batch_size": 20, "verbose": 0}
    history = model.fit(x, y, validation_data=(x, y), **options).history
    assert set(history) == {"val_" * val + key for key in KEYS for val in (0, 1)}
    logs = {key: history[f"val_{key}"][0] for key in KEYS}
    predicted = {k: keras.ops.convert_to_numpy(v) for k, v in model(x).items()}
    kind, side = predicted["kind"].argmax(1), predicted["side"][:, 0] > 0
    f1 = [
        2
        * ((kind == k) & (y["kind"] == k)).sum()
        / ((kind == k).sum() + (y["kind"] == k).sum())
        for k in range(3)
    ]
    recalls = [(side == k)[y["side"] == k].mean() for k in range(2)]
    years = np.clip(np.exp(predicted["age"][:, 0]), 1, 80)
    expected = {
        "kind_macro_f1": np.mean(f1),
        "side_accuracy": (side == y["side"]).mean(),
        "side_balanced_accuracy": np.mean(recalls),
        "age_mae": abs(years - age).mean(),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-5)
    assert 0 < logs["kind_ece"] < 1
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    logs_again = again.evaluate(x, y, return_dict=True, **options)
    for name, value in logs.items():
        np.testing.assert_allclose(logs_again[name], value, rtol=1e-6)
