import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_class_weight

from kpoc.losses import class_counts, class_weights


def test_effective_number_agrees_with_the_ldam_authors(vectors):
    data = vectors("ldam_drw")
    for beta, stage in [(0.0, 0), (0.9999, 1)]:
        found = class_weights(data["class_counts"], "effective_number", beta=beta)
        np.testing.assert_allclose(found, data[f"drw_weights_stage{stage}"], rtol=1e-12)


def test_effective_number_keeps_precision_near_one():
    # beta -> 1 is inverse frequency: 1 - beta**n would cancel.
    found = class_weights([3, 1], "effective_number", beta=1 - 1e-12)
    np.testing.assert_allclose(found, [0.5, 1.5], rtol=1e-9)


def test_balanced_agrees_with_scikit_learn():
    y = np.repeat([0, 1, 2], [70, 25, 5])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=y)
    found = class_weights(class_counts(y))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.mean(found[y]) == pytest.approx(1.0)


def test_equal_counts_weigh_one():
    for scheme in ("balanced", "effective_number"):
        np.testing.assert_allclose(class_weights([9, 9, 9], scheme), 1.0, rtol=1e-12)


def test_class_counts_takes_what_labels_come_as():
    for y in (
        [0, 1, 1],
        np.array([[0.0], [1.0], [1.0]]),
        np.array([False, True, True]),
    ):
        assert class_counts(y, 3).tolist() == [1, 2, 0]
    assert class_counts(np.eye(3)[[0, 1, 1]], 3).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("y", "match"),
    [
        ([], "`y` must hold at least one integer label. Received: shape=.0,."),
        (["a", "b"], "`y` must hold at least one integer label"),
        ([0, 3], r"`y` must hold integer labels from 0 to 2. Received: \[3\]"),
        ([0, -1], r"Received: \[-1\]"),
        ([0, 0.5], r"Received: \[0.5\]"),
        ([0, float("nan")], r"Received: \[nan\]"),
    ],
)
def test_bad_labels(y, match):
    with pytest.raises(ValueError, match=match):
        class_counts(y, 3)


@pytest.mark.parametrize("size", [0, 2.5, "3"])
def test_bad_number_of_classes(size):
    with pytest.raises(ValueError, match=f"`num_classes` must be an .*{size}"):
        class_counts([0, 1], size)


def test_counts_of_pandas_go_to_their_classes():
    labels = pd.Series([0] * 5 + [1] * 20 + [2] * 100)
    expected = class_weights([5, 20, 100])
    for counts in (labels.value_counts(), labels.value_counts(sort=False)):
        np.testing.assert_array_equal(class_weights(counts), expected)
    with pytest.raises(ValueError, match=r"`counts` must count each.*\[2, 1\]"):
        class_weights(labels[labels > 0].value_counts())
    named = pd.Series([5, 20, 100], ["Oak", "Ash", "Elm"])
    np.testing.assert_array_equal(class_weights(named), expected)


@pytest.mark.parametrize("counts", [["a", "b"], {0: 9, 1: 1}, [[9, 1], [3]]])
def test_counts_that_are_no_numbers(counts):
    with pytest.raises(ValueError, match="`counts` must hold numbers. Received: co"):
        class_weights(counts)


def test_bad_arguments():
    with pytest.raises(
        ValueError, match=r"`counts` must be finite and > 0.*\{1: 0.0\}"
    ):
        class_weights([5, 0])
    with pytest.raises(ValueError, match="`scheme` must be .*Received: scheme='rare'"):
        class_weights([5, 1], "rare")
    for beta in (1.0, -0.1, float("nan"), "x"):
        with pytest.raises(ValueError, match=f"`beta` must be in .0, 1.*beta='?{beta}"):
            class_weights([5, 1], "effective_number", beta=beta)
