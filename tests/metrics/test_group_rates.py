"""Group metrics in both forms against fairlearn's numbers and each other."""

import keras
import numpy as np
import pytest

from kpoc import metrics
from kpoc.evaluation import group_metrics

RATES = {
    "accuracy": (metrics.GroupAccuracy, "acc"),
    "true_positive_rate": (metrics.GroupTruePositiveRate, "tpr"),
    "false_positive_rate": (metrics.GroupFalsePositiveRate, "fpr"),
    "selection_rate": (metrics.GroupSelectionRate, "sr"),
}


@pytest.fixture
def columns(vectors):
    def columns(case):
        keys = ("y_true", "y_pred", "sensitive")
        return tuple(vectors[f"{case}__{key}"] for key in keys)

    return columns


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("case", ["g2", "g4"])
def test_rates_by_group(vectors, columns, streamed, as_logits, case, rate):
    true, predicted, groups = columns(case)
    cls, key = RATES[rate]
    expected = vectors[f"{case}__by_group_{key}"]
    result = streamed(cls(len(expected)), true, as_logits(predicted), groups)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    by_group = group_metrics.group_rates(true, predicted, groups, rate)
    np.testing.assert_allclose(list(by_group.values()), expected, rtol=1e-12)
    for summary, value in {
        "mean": expected.mean(),
        "worst": expected.max() if key == "fpr" else expected.min(),
        "gap": np.ptp(expected),
        "penalized_mean": expected.mean()
        - (-1 if key == "fpr" else 1) * 0.5 * np.ptp(expected),
    }.items():
        metric = cls(len(expected), summary=summary, penalty=0.5)
        result = streamed(metric, true, as_logits(predicted), groups)
        np.testing.assert_allclose(result, value, rtol=1e-5)
        result = group_metrics.summarize(
            by_group, summary, penalty=0.5, higher_is_better=key != "fpr"
        )
        np.testing.assert_allclose(result, value, rtol=1e-12)


@pytest.mark.parametrize(
    "case, method",
    [
        ("g2", "between_groups"),
        ("g2", "to_overall"),
        ("g4", "between_groups"),
        ("g4", "to_overall"),
        ("nopos", "between_groups"),
    ],
)
def test_demographic_parity(vectors, columns, streamed, as_logits, case, method):
    key = f"{case}__dp_difference" + "_to_overall" * (method == "to_overall")
    true, predicted, groups = columns(case)
    metric = metrics.GroupDemographicParityDifference(groups.max() + 1, method=method)
    result = streamed(metric, true, as_logits(predicted), groups)
    np.testing.assert_allclose(result, vectors[key], rtol=1e-6)
    result = group_metrics.demographic_parity_difference(
        predicted, groups, method=method
    )
    np.testing.assert_allclose(result, vectors[key], rtol=1e-12)


@pytest.mark.parametrize(
    "case, options, key",
    [
        (case, options, f"{case}__eo_difference{key}")
        for case in ("g2", "g4")
        for key, options in (
            ("", {}),
            ("_mean", {"agg": "mean"}),
            ("_to_overall", {"method": "to_overall"}),
        )
    ]
    + [("nopos", {}, "nopos__eo_difference")],
)
def test_equalized_odds(vectors, columns, streamed, as_logits, case, options, key):
    true, predicted, groups = columns(case)
    metric = metrics.GroupEqualizedOddsDifference(groups.max() + 1, **options)
    result = streamed(metric, true, as_logits(predicted), groups)
    np.testing.assert_allclose(result, vectors[key], rtol=1e-6)
    result = group_metrics.equalized_odds_difference(true, predicted, groups, **options)
    np.testing.assert_allclose(result, vectors[key], rtol=1e-12)


def test_group_without_positives_counts_as_zero_or_not_at_all(as_logits):
    true, predicted = np.array([1, 1, 0, 0]), np.array([1, 1, 0, 1])
    groups = np.array([0, 0, 1, 1])
    for undefined, expected in (("zero", [1.0, 0.0]), ("skip", [1.0, np.nan])):
        metric = metrics.GroupTruePositiveRate(2, undefined=undefined)
        metric.update_state(true, as_logits(predicted), groups)
        result = keras.ops.convert_to_numpy(metric.result())
        np.testing.assert_array_equal(result, expected)
        by_group = group_metrics.group_rates(
            true, predicted, groups, "true_positive_rate", undefined=undefined
        )
        np.testing.assert_array_equal(list(by_group.values()), expected)
        odds = metrics.GroupEqualizedOddsDifference(2, undefined=undefined)
        odds.update_state(true, as_logits(predicted), groups)
        expected = group_metrics.equalized_odds_difference(
            true, predicted, groups, undefined=undefined
        )
        assert float(odds.result()) == expected == (undefined == "zero") * 1.0


def test_group_without_rows_is_left_out(as_logits):
    metric = metrics.GroupAccuracy(4, summary=None)
    worst = metrics.GroupAccuracy(4, summary="worst")
    rows = [0, 1, 1, 0], as_logits([0, 1, 0, 0]), [0, 0, 2, 2]
    metric.update_state(*rows)
    worst.update_state(*rows)
    result = keras.ops.convert_to_numpy(metric.result())
    np.testing.assert_array_equal(result, [1.0, np.nan, 0.5, np.nan])
    assert float(worst.result()) == 0.5


def test_positive_class_of_many(streamed):
    rng = np.random.default_rng(0)
    true, scores = rng.integers(0, 6, 120), rng.normal(size=(120, 6)).astype("float32")
    groups = rng.integers(0, 4, 120)
    metric = metrics.GroupTruePositiveRate(4, positive=2)
    expected = group_metrics.group_rates(
        true, scores.argmax(1), groups, "true_positive_rate", positive=2
    )
    result = streamed(metric, true, scores, groups)
    np.testing.assert_allclose(result, list(expected.values()), rtol=1e-6)


def test_mean_absolute_error_by_group_in_years(streamed):
    rng = np.random.default_rng(0)
    true, groups = rng.uniform(5, 70, 120), rng.integers(0, 4, 120)
    predicted = true * rng.uniform(0.7, 1.4, 120)
    by_group = [abs(true - predicted)[groups == g].mean() for g in range(4)]
    for summary, expected in ((None, by_group), ("worst", max(by_group))):
        metric = metrics.InverseTransformed(
            metrics.GroupMeanAbsoluteError(4, summary), "log"
        )
        result = streamed(metric, np.log(true), np.log(predicted), groups)
        np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_bad_input(as_logits):
    for arguments, name in (
        ({"num_groups": 0}, "num_groups"),
        ({"num_groups": "2"}, "num_groups"),
        ({"num_groups": 2, "summary": "best"}, "summary"),
        ({"num_groups": 2, "penalty": np.nan}, "penalty"),
    ):
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            metrics.GroupAccuracy(**arguments)
    with pytest.raises(ValueError, match="`undefined` must be one of"):
        metrics.GroupTruePositiveRate(2, undefined="nan")
    with pytest.raises(ValueError, match="`method` must be one of"):
        metrics.GroupDemographicParityDifference(2, method="ratio")
    with pytest.raises(ValueError, match="`agg` must be one of"):
        metrics.GroupEqualizedOddsDifference(2, agg="sum")
    with pytest.raises(ValueError, match="`positive` must be an integer .*positive=-1"):
        metrics.GroupTruePositiveRate(2, positive=-1)
    with pytest.raises(ValueError, match="`positive` must be a class, 0 to 1. Rec"):
        third = metrics.GroupEqualizedOddsDifference(2, positive=2)
        third.update_state([0, 1], as_logits([0, 1]), [0, 1])
    with pytest.raises(ValueError, match="`groups` must have one element for each"):
        metrics.GroupAccuracy(2).update_state([0, 1], as_logits([0, 1]), [0])
    with pytest.raises(ValueError, match="`rate` must be one of"):
        group_metrics.group_rates([0], [0], [0], "precision")
    with pytest.raises(ValueError, match="as long as each other"):
        group_metrics.group_rates([0, 1], [0, 1], ["a"])
    with pytest.raises(ValueError, match="`summary` must be one of"):
        group_metrics.summarize({"a": 1.0}, "median")
    assert np.isnan(group_metrics.summarize({"a": np.nan}, "mean"))
