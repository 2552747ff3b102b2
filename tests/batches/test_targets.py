import numpy as np
import pandas as pd
import pytest
from scipy import special

from kpoc.batches.targets import decode, encode, prediction_table
from kpoc.recipe import load_recipe

TARGETS = load_recipe("faces/baseline").task.targets


def test_log_years_there_and_back():
    ages = pd.Series([1, 26, 80])
    learnt = encode(TARGETS["age"], ages)
    np.testing.assert_allclose(learnt, [0.0, 3.2580965, 4.3820266], rtol=1e-6)
    np.testing.assert_allclose(decode(TARGETS["age"], learnt[:, None]), ages, rtol=1e-6)


def test_a_place_in_the_range_there_and_back():
    target = TARGETS["age"].model_copy(
        update={"transform": "min_max", "range": [-10.0, 30.0]}
    )
    learnt = encode(target, pd.Series([-10, 0, 30]))
    np.testing.assert_allclose(learnt, [0.0, 0.25, 1.0])
    assert decode(target, np.array([[0.5], [2.0]])).tolist() == [10.0, 30.0]


def test_predictions_are_clipped_to_the_range():
    outputs = np.array([[-3.0], [9.0]])
    assert decode(TARGETS["age"], outputs).tolist() == [1.0, 80.0]


def test_classes_become_codes_in_the_declared_order():
    names = pd.Series(["Indian", "White", "Asian"])
    assert encode(TARGETS["ethnicity"], names).tolist() == [3, 0, 2]
    with pytest.raises(ValueError, match="Martian"):
        encode(TARGETS["ethnicity"], pd.Series(["Martian"]))


def test_probabilities_agree_with_scipy_and_survive_large_logits():
    logits = np.array([[1.0, -2.0, 0.5, 3.0], [800.0, -800.0, 0.0, 799.0]])
    expected = special.softmax(logits, axis=-1)
    np.testing.assert_allclose(decode(TARGETS["ethnicity"], logits), expected)
    z = np.array([[-1.5], [700.0]])
    pairs = decode(TARGETS["gender"], z)
    np.testing.assert_allclose(pairs[:, 1], special.expit(z[:, 0]))
    np.testing.assert_allclose(pairs.sum(axis=1), 1.0)


def test_the_table_has_the_documented_columns():
    outputs = {
        "age": np.zeros((2, 1)),
        "gender": np.zeros((2, 1)),
        "ethnicity": np.zeros((2, 4)),
    }
    table = prediction_table(["a", "b"], TARGETS, outputs)
    assert list(table) == [
        "id",
        "age",
        "gender.Male",
        "gender.Female",
        "ethnicity.White",
        "ethnicity.Black",
        "ethnicity.Asian",
        "ethnicity.Indian",
    ]
    assert table["ethnicity.Asian"].tolist() == [0.25, 0.25]
