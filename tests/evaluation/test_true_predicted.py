import numpy as np
import pytest

from kpoc.evaluation.parts.true_predicted import CELLS, cell_edges, true_predicted

AGE = {"kind": "regression", "classes": None, "range": [1, 80]}


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(2)
    truth = rng.integers(1, 81, 600).astype(float)
    models = [{"age": truth * 0.7 + rng.normal(12, 6, 600)} for _ in range(3)]
    return truth, models


def test_every_row_counts_once_a_seed_in_its_own_cell(case):
    truth, models = case
    found = true_predicted({"age": AGE}, {"age": truth}, {"a": models})["age"]
    counts, edges = np.array(found["sides"]["a"]["counts"]), found["edges"]
    assert counts.shape == (CELLS, CELLS) and counts.sum() == 3 * 600
    # one cell, counted by hand: true 31 or 32, predicted 32.5 to 34.5
    i, j = 15, 16
    assert list(edges[[i, i + 1, j, j + 1]]) == [30.5, 32.5, 32.5, 34.5]
    by_hand = sum(
        (np.isin(truth, [31, 32]) & (m["age"] >= 32.5) & (m["age"] < 34.5)).sum()
        for m in models
    )
    assert counts[i, j] == by_hand > 0
    assert counts.sum(axis=1)[i] == 3 * np.isin(truth, [31, 32]).sum()


def test_lines_are_the_quantiles_of_all_seeds(case):
    truth, models = case
    found = true_predicted({"age": AGE}, {"age": truth}, {"a": models})["age"]
    bins = found["bins"]["edges"]
    assert list(bins) == [0.5 + 8 * k for k in range(11)]
    for k, line in enumerate(found["sides"]["a"]["lines"]):
        inside = (truth > bins[k]) & (truth < bins[k + 1])
        assert found["bins"]["support"][k] == inside.sum()
        pooled = np.concatenate([model["age"][inside] for model in models])
        assert line == pytest.approx(np.percentile(pooled, [10, 50, 90]))


def test_predictions_beyond_the_range_stand_on_the_edge_and_are_counted():
    truth = np.array([10.0, 20.0, 30.0, 79.0])
    models = [{"age": np.array([-5.0, 20.0, 300.0, 80.2])}]
    found = true_predicted({"age": AGE}, {"age": truth}, {"a": models})["age"]
    side = found["sides"]["a"]
    assert side["beyond"] == 2  # 80.2 is within the last cell
    counts = np.array(side["counts"])
    assert counts.sum() == 4 and counts[4, 0] == 1 and counts[14, -1] == 1
    assert side["lines"] == [None] * 10  # one row a bin says nothing of its tenth


@pytest.mark.parametrize(
    ("truth", "bounds", "ends", "cells"),
    [
        ([0.25, 0.75], None, (0.25, 0.75), 40),
        ([0.25, 3.5], [0, 2], (0, 3.5), 40),  # the truth may break the range
        ([1, 5], None, (0.5, 5.5), 5),
        ([1, 41], None, (0.5, 42.5), 21),
        ([4, 4], None, (3.5, 4.5), 1),
        ([0.3, 0.3], None, (-0.2, 0.8), 40),
    ],
)
def test_cells_cover_the_truth_with_equal_widths(truth, bounds, ends, cells):
    edges = cell_edges(np.array(truth, float), bounds)
    assert (edges[0], edges[-1]) == pytest.approx(ends)
    assert len(edges) == cells + 1 <= CELLS + 1
    assert np.diff(edges) == pytest.approx((ends[1] - ends[0]) / cells)


def test_only_numbers_have_it(case):
    truth, models = case
    kind = {"kind": "binary", "classes": ["a", "b"], "range": None}
    assert true_predicted({"age": kind}, {"age": truth}, {"a": models}) == {}
