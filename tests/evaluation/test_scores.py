import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as sk

from kpoc.evaluation import scores
from kpoc.evaluation.scores.registry import register
from kpoc.testing import check_score

# Numbers made by scikit-learn 1.9.1.
REFERENCE = np.load(Path(__file__).parents[1] / "reference" / "metrics.npz")


def one_hot(codes, classes=6):
    return np.eye(classes)[codes]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("accuracy", "accuracy"),
        ("balanced_accuracy", "balanced_accuracy"),
        ("macro_f1", "f1_macro"),
        ("f1", "f1_per_class"),
        ("recall", "recall_per_class"),
    ],
)
def test_reference_vectors(name, key):
    value = scores.get(name)(REFERENCE["y_true"], one_hot(REFERENCE["y_pred"]))
    np.testing.assert_allclose(value, REFERENCE[key], rtol=1e-6)


def test_reference_top3_and_ties():
    top3 = scores.get("top3")
    truth = REFERENCE["y_true"]
    assert top3(truth, REFERENCE["scores"]) == pytest.approx(
        REFERENCE["top3_accuracy"].item()
    )
    assert top3(truth, REFERENCE["scores_ties"]) == pytest.approx(
        REFERENCE["top3_accuracy_ties"].item()
    )


def test_cross_entropy_agrees_with_sklearn_also_where_it_is_zero():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, 40)
    probabilities = rng.dirichlet(np.ones(5), 40)
    score = scores.get("cross_entropy")
    expected = sk.log_loss(truth, probabilities, labels=range(5))
    assert score(truth, probabilities) == pytest.approx(expected, rel=1e-12)
    sure = one_hot((truth + 1) % 5, 5)
    expected = sk.log_loss(truth, sure, labels=range(5))
    assert score(truth, sure) == pytest.approx(expected, rel=1e-12)


def test_reference_absent_class():
    truth, predicted = REFERENCE["absent__y_true"], REFERENCE["absent__y_pred"]
    probabilities = one_hot(predicted)
    assert scores.get("macro_f1")(truth, probabilities) == pytest.approx(
        REFERENCE["absent__f1_macro_default_labels"].item()
    )
    assert scores.get("balanced_accuracy")(truth, probabilities) == pytest.approx(
        REFERENCE["absent__balanced_accuracy"].item()
    )


def test_reference_mae():
    value = scores.get("mae")(REFERENCE["mae__y"], REFERENCE["mae__pred"])
    assert value == pytest.approx(REFERENCE["mae__value"].item())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 4, 9])
def test_classes_agree_with_sklearn(seed, classes):
    generator = np.random.default_rng([seed, classes])
    shares = generator.dirichlet(np.full(classes, 0.6))
    truth = generator.choice(classes, size=60, p=shares)
    probabilities = generator.dirichlet(np.ones(classes), 60)
    predicted = probabilities.argmax(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": sk.accuracy_score(truth, predicted),
            "macro_f1": sk.f1_score(truth, predicted, average="macro"),
            "balanced_accuracy": sk.balanced_accuracy_score(truth, predicted),
            "f1": sk.f1_score(
                *(truth, predicted),
                labels=range(classes),
                average=None,
                zero_division=np.nan,
            ),
            "recall": sk.recall_score(
                *(truth, predicted),
                labels=range(classes),
                average=None,
                zero_division=np.nan,
            ),
        }
        if classes > 3:
            expected["top3"] = sk.top_k_accuracy_score(
                truth, probabilities, k=3, labels=range(classes)
            )
    for name, value in expected.items():
        got = scores.get(name)(truth, probabilities)
        np.testing.assert_allclose(got, value, rtol=1e-6, err_msg=name)


def test_errors_agree_with_sklearn():
    generator = np.random.default_rng(0)
    truth, predicted = generator.uniform(1, 80, (2, 200))
    assert scores.get("mae")(truth, predicted) == pytest.approx(
        sk.mean_absolute_error(truth, predicted), rel=1e-12
    )
    assert scores.get("rmse")(truth, predicted) == pytest.approx(
        sk.root_mean_squared_error(truth, predicted), rel=1e-12
    )


@pytest.mark.parametrize("name", scores.names())
def test_a_score_keeps_the_contract(name):
    check_score(name)


def test_unknown_score_names_the_nearest():
    with pytest.raises(ValueError, match="Did you mean `accuracy`"):
        scores.get("acuracy")


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="new among scores. .*scores.mae has"):
        register("mae", rows=len, kinds=frozenset(), better="lower", bounds=(0.0, 1.0))(
            lambda sums: sums
        )


def test_room_imports_neither_keras_nor_tensorflow():
    code = (
        "import sys, kpoc.evaluation;"
        "print([m for m in ('keras', 'tensorflow', 'torch') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
