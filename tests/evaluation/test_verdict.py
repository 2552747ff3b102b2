import numpy as np
import pytest

from kpoc.evaluation import verdict

SCORES = {
    "base": {"estimate": 0.780, "n": 640},
    "new": {"estimate": 0.821, "n": 640},
}


def row(**changes):
    return {
        "target": "ethnicity",
        "metric": "macro_f1",
        "better": "higher",
        "unit": None,
        "side": "new",
        "baseline": "base",
        "difference": 0.041,
        "low": 0.012,
        "high": 0.070,
        "p": 0.006,
        "p_holm": 0.006,
        "verdict": "better",
        **changes,
    }


@pytest.mark.parametrize(
    ("difference", "p", "better", "expected"),
    [
        (0.1, 0.01, "higher", "better"),
        (0.1, 0.01, "lower", "worse"),
        (-0.1, 0.01, "lower", "better"),
        (-0.1, 0.01, "higher", "worse"),
        (0.1, 0.051, "higher", "no clear difference"),
        (0.1, np.nan, "higher", "unknown"),
    ],
)
def test_decide(difference, p, better, expected):
    assert verdict.decide(difference, p, better, 0.95) == expected


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["worse", "better"], "better"),
        (["worse", "no clear difference"], "no clear difference"),
        (["worse", "unknown"], "unknown"),
        (["worse", "worse"], "worse"),
    ],
)
def test_overall(codes, expected):
    assert verdict.overall(codes) == expected


def test_sentence():
    text = verdict.sentence(row(), SCORES, {"base": 3, "new": 3}, level=0.95, methods=1)
    assert text == (
        "new is better than base on macro f1 of ethnicity (higher is better): 0.821 "
        "against 0.780, difference +0.041, 95 % interval +0.012 to +0.070 (640 test "
        "rows, 3 seeds each)."
    )


def test_sentence_with_unit_and_direction():
    changes = {"target": "age", "metric": "mae", "unit": "years", "better": "lower"}
    ends = {"difference": 0.71, "low": 0.2, "high": 1.2, "verdict": "worse"}
    scores = {
        "base": {"estimate": 7.4, "n": 640},
        "new": {"estimate": 8.11, "n": 640},
    }
    text = verdict.sentence(
        row(**changes, **ends), scores, {"base": 3, "new": 5}, level=0.9, methods=1
    )
    assert text.startswith("new is worse than base on mae of age in years (lower is")
    assert "8.11 against 7.40, difference +0.71, 90 % interval +0.20 to +1.20" in text
    assert text.endswith("(640 test rows, 5 against 3 seeds).")


def test_small_numbers_keep_their_digits():
    changes = {"target": "width", "metric": "mae", "unit": "m", "better": "lower"}
    ends = {"difference": -2.4e-4, "low": -4.1e-4, "high": -0.7e-4}
    scores = {"base": {"estimate": 2.61e-3, "n": 80}, "new": {"estimate": 2.37e-3}}
    scores["new"]["n"] = 80
    text = verdict.sentence(
        row(**changes, **ends), scores, {"base": 3, "new": 3}, level=0.95, methods=1
    )
    assert "0.00237 against 0.00261, difference -0.00024" in text
    assert "interval -0.00041 to -0.00007" in text


def test_one_seed_speaks_of_the_models_only():
    text = verdict.sentence(row(), SCORES, {"base": 3, "new": 1}, level=0.95, methods=1)
    assert "not of the methods: with one seed of new" in text


def test_holm_is_explained():
    changed = row(p=0.03, p_holm=0.06, verdict="no clear difference")
    text = verdict.sentence(
        changed, SCORES, {"base": 3, "new": 3}, level=0.95, methods=2
    )
    assert text.startswith("No clear difference between new and base on")
    assert "Holm's correction for 2 methods (p = 0.060)" in text


def test_unknown_interval():
    changed = row(low=np.nan, high=np.nan, p=np.nan, verdict="unknown")
    text = verdict.sentence(
        changed, SCORES, {"base": 3, "new": 3}, level=0.95, methods=1
    )
    assert text.startswith("It is unknown whether new differs from base on")
    assert "95 % interval unknown" in text and "nan" not in text
