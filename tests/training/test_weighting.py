"""Weights of rows: scikit-learn's numbers, in the recipe's balance, in the batches."""

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from kpoc.batches.pipeline import Rows, training_batches
from kpoc.protocols.manifest import Manifest
from kpoc.recipe import load_recipe
from kpoc.training.weighting import row_weights

BANDS = ["1-40", "41-80", "81-120"]


@pytest.fixture
def manifest():
    rng = np.random.default_rng(0)
    n = 300
    table = pd.DataFrame(
        {
            "id": [f"{i:03}" for i in range(n)],
            "split": rng.choice(["train", "validation"], n, p=[0.7, 0.3]),
            "age": rng.uniform(1, 80, n),
            "gender": rng.choice(["Male", "Female"], n, p=[0.8, 0.2]),
            "ethnicity": rng.choice(["White", "Black", "Asian", "Indian"], n),
        }
    )
    table["age_band"] = np.where(table["age"] <= 40, BANDS[0], BANDS[1])
    columns = {
        "age": {"range": [1, 80]},
        "gender": {"classes": ["Male", "Female"]},
        "ethnicity": {"classes": ["White", "Black", "Asian", "Indian"]},
        "age_band": {"classes": BANDS},
    }
    return Manifest(table, {"columns": columns})


def test_inverse_frequency_is_that_of_scikit_learn_for_each_target(manifest):
    weights = row_weights(load_recipe("faces/inverse_frequency"), manifest)
    rows = manifest.rows("train")
    columns = {"age": "age_band", "gender": "gender", "ethnicity": "ethnicity"}
    for target, column in columns.items():
        expected = compute_sample_weight("balanced", rows[column])
        np.testing.assert_allclose(weights[target], expected, rtol=1e-6)
        assert weights[target].mean() == pytest.approx(1.0, rel=1e-5)


def test_targets_without_weighting_weigh_one_and_none_at_all_is_none(manifest):
    change = {"task.targets.gender.weighting": {"scheme": "effective_number"}}
    weights = row_weights(load_recipe("faces/baseline", change), manifest)
    assert (weights["age"] == 1).all() and weights["gender"].std() > 0
    rows = manifest.rows("train")["gender"]
    # Cui et al. 2019: proportional to (1 - beta) / (1 - beta ** n)
    raw = (1 / (1 - 0.9999 ** rows.map(rows.value_counts()))).to_numpy()
    np.testing.assert_allclose(weights["gender"], raw / raw.mean(), rtol=1e-5)
    assert row_weights(load_recipe("faces/baseline"), manifest) is None


def test_batches_carry_each_rows_weights():
    n = 24
    labels = {"age": np.arange(n, dtype="float32")}
    weights = {"age": 0.5 + labels["age"]}
    pixels = np.zeros((n, 8, 8, 3), "uint8")
    rows = Rows([""] * n, labels, 8, pixels, weights)
    batches = training_batches(rows, 8, seed=0, epochs=1)
    seen = [(y["age"].numpy(), w["age"].numpy()) for _, y, w in batches]
    for truth, weight in seen:
        np.testing.assert_array_equal(weight, truth + 0.5)
    assert len(np.unique(np.concatenate([y for y, _ in seen]))) == n


def test_what_cannot_be_is_refused(manifest):
    change = {"task.targets.age.weighting": {"scheme": "balanced"}}
    with pytest.raises(ValueError, match="needs `by`"):
        load_recipe("faces/baseline", change)
    change = {"task.targets.age.weighting": {"scheme": "balanced", "by": "age_bnd"}}
    with pytest.raises(ValueError, match=r"weighting\.by.*Did you mean `age_band`"):
        row_weights(load_recipe("faces/baseline", change), manifest)
