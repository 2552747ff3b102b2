"""The median rule, by hand."""

import pytest

from tuning.stopping import is_poor

RULE = {"direction": "max", "after_epochs": 2, "after_trials": 3}
# means of the first two epochs: 0.4, 0.6, 0.8, so that their median is 0.6
OTHERS = [[0.2, 0.6, 0.9], [0.4, 0.8], [0.6, 1.0, 1.0]]


@pytest.mark.parametrize(
    ("history", "poor"),
    [
        ([0.3, 0.59], True),
        ([0.3, 0.61], False),
        # its best counts, not its last
        ([0.61, 0.1], False),
        # an epoch is left to everyone
        ([0.0], False),
        # after three only two are left: (0.2 + 0.6 + 0.9) / 3 and (0.6 + 1 + 1) / 3
        ([0.0, 0.0, 0.716], True),
        ([0.0, 0.0, 0.717], False),
    ],
)
def test_worse_than_the_median_of_the_means(history, poor):
    assert is_poor(history, OTHERS, **RULE) is poor
    mirrored = [[-number for number in one] for one in OTHERS]
    less = [-number for number in history]
    assert is_poor(less, mirrored, **RULE | {"direction": "min"}) is poor


def test_few_trials_stop_nobody():
    assert not is_poor([0.0, 0.0], OTHERS[:2], **RULE)
    assert not is_poor([0.0] * 4, OTHERS, **RULE), "nobody has come as far"
