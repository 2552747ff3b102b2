"""Shares of batches: what all processes make together."""

import numpy as np
import pytest

from kpoc.batches.rows import Rows
from kpoc.batches.share import Share
from kpoc.batches.training_steps import TrainingSteps

LAYOUTS = [(1, 4), (2, 2), (2, 4), (3, 3), (4, 8)]


@pytest.mark.parametrize(("processes", "devices"), LAYOUTS)
def test_all_shares_are_the_batch(processes, devices):
    batch = 4 * devices
    shares = [Share(number, processes, devices) for number in range(processes)]
    for rows in range(1, batch + 1):
        index = np.arange(100, 100 + rows)
        parts = [share.of(index, batch) for share in shares]
        assert len({len(part) for part in parts}) == 1
        whole = np.concatenate(parts)
        assert len(whole) % devices == 0
        assert len(whole) == shares[0].filled(rows, batch)
        # what was filled up comes last, and the size says whether it was
        np.testing.assert_array_equal(whole[:rows], index)
        assert len(whole) == rows or len(whole) != batch
        assert len(whole) < rows + 2 * devices


def test_processes_take_the_rows_that_one_would():
    labels = {"breed": np.arange(50)}
    alone = TrainingSteps(Rows([""] * 50, labels, 8), 12, seed=4)
    both = [
        TrainingSteps(Rows([""] * 50, labels, 8, share=Share(n, 2, 4)), 12, seed=4)
        for n in (0, 1)
    ]
    for step in range(3 * alone.per_epoch):
        parts = [steps.choose(step) for steps in both]
        assert [len(part) for part in parts] == [6, 6]
        np.testing.assert_array_equal(np.concatenate(parts), alone.choose(step))
