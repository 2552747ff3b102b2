"""What a comparison holds of a matrix of classes, few and many."""

import doctest
import json

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from kpoc.evaluation import Side, evaluate, matrices
from kpoc.evaluation.comparison import Comparison
from kpoc.evaluation.matrices import WHOLE, restored, restored_row, stored

ROWS = 2


def test_examples():
    failed, tried = doctest.testmod(matrices)
    assert tried and not failed


@pytest.mark.parametrize("classes", [3, WHOLE, WHOLE + 1])
def test_a_matrix_comes_back(classes):
    matrix = np.random.default_rng(classes).dirichlet(np.full(classes, 0.05), classes)
    matrix[matrix < 1e-3] = 0
    matrix[1] = np.nan
    held = json.loads(json.dumps(stored(matrix)))
    np.testing.assert_array_equal(restored(held), matrix)
    np.testing.assert_array_equal(restored_row(held[2], classes), matrix[2])
    assert held[1] in (None, [None] * classes)


def test_of_many_classes_the_largest_cells_are_kept():
    row = np.random.default_rng(0).dirichlet(np.ones(200))
    kept = restored(stored(np.tile(row, (200, 1)), most=10))[5]
    assert np.flatnonzero(kept).tolist() == sorted(np.argsort(row)[-10:].tolist())
    assert (row[kept == 0] < 1 / 10).all()


def compared(classes):
    """A comparison in which no probability is zero, and the probabilities."""
    names = [f"breed {code:03}" for code in range(classes)]
    truth = np.repeat(np.arange(classes), ROWS)
    ids = [f"{row:05}" for row in range(len(truth))]
    sides, found = [], {}
    for seed, name in enumerate(("base", "new")):
        logits = np.random.default_rng(seed).normal(size=(len(truth), classes))
        logits[np.arange(len(truth)), truth] += 4
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        found[name] = chances
        columns = dict(zip((f"breed.{n}" for n in names), chances.T, strict=True))
        sides.append(Side(name, [seed], [pd.DataFrame({"id": ids, **columns})]))
    content = evaluate(
        sides,
        targets={
            "breed": {"kind": "categorical", "classes": names, "metrics": ["accuracy"]}
        },
        groups=[],
        primary="breed.accuracy",
        manifest=pd.DataFrame({"id": ids, "breed": np.array(names)[truth]}),
        resamples=20,
    )
    return content, truth, found


def test_files_grow_with_the_classes_and_not_with_their_square(tmp_path):
    sizes = []
    for classes in (140, 280):
        content, truth, chances = compared(classes)
        Comparison(content).save(tmp_path)
        sizes.append((tmp_path / "comparison.json").stat().st_size)
    assert sizes[1] < 2.2 * sizes[0]
    confusion = Comparison.load(tmp_path).to_dict()["confusions"]["breed"]
    for side, predicted in chances.items():
        answers = sk.confusion_matrix(truth, predicted.argmax(1), normalize="true")
        np.testing.assert_allclose(restored(confusion["sides"][side]), answers)
        assert sum(map(len, confusion["sides"][side])) <= len(truth)
        means = pd.DataFrame(predicted).groupby(truth).mean().to_numpy()
        held = restored(confusion["probabilities"][side])
        assert (np.abs(held - means) < np.where(held > 0, 1e-6, 0.01)).all()
