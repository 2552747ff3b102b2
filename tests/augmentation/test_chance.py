"""The generator: the authors' vectors, and independence of order and company."""

import numpy as np
import pytest

from kpoc.augmentation.chance import philox, uniforms

# Random123's kat_vectors, philox4x32 10: counter, key, result
KNOWN = [
    ("00000000 " * 4, "00000000 " * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff " * 4, "ffffffff " * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def words(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_the_authors_known_answers(counter, key, result):
    given = np.array([words(counter)], np.uint64)
    assert philox(given, tuple(words(key)))[0].tolist() == words(result)


def test_a_row_gets_its_numbers_whatever_the_order_and_the_batch():
    rows = np.arange(1000)
    whole = uniforms(rows, [3, 9], seed=5, epoch=2)
    shuffled = np.random.default_rng(0).permutation(rows)
    for first, again in zip(
        whole, uniforms(shuffled, [3, 9], seed=5, epoch=2), strict=True
    ):
        np.testing.assert_array_equal(again, first[shuffled])
    # the place in the list decides, not how much those before it take
    _, second = uniforms(rows[:7], [20, 9], seed=5, epoch=2)
    np.testing.assert_array_equal(second, whole[1][:7])


def test_seed_epoch_view_and_place_each_give_other_numbers():
    rows = np.arange(200)
    settings = [(0, 0, 0), (1, 0, 0), (1 << 40, 0, 0), (0, 1, 0), (0, 0, 1)]
    seen = [
        part[:, i]
        for seed, epoch, view in settings
        for part in uniforms(rows, [2, 2], seed=seed, epoch=epoch, view=view)
        for i in range(2)
    ]
    correlations = np.corrcoef(seen) - np.eye(len(seen))
    # 1 / sqrt(200) = 0.07 is one standard deviation
    assert np.abs(correlations).max() < 0.3


def test_numbers_are_uniform_and_exact_in_float32():
    [numbers] = uniforms(np.arange(20_000), [6], seed=3, epoch=0)
    assert 0.0 <= numbers.min() and numbers.max() < 1.0
    np.testing.assert_array_equal(numbers.astype("float32"), numbers)
    counts = np.histogram(numbers, bins=100, range=(0, 1))[0]
    expected = numbers.size / 100
    # chi squared with 99 degrees of freedom: mean 99, standard deviation 14
    assert 40 < ((counts - expected) ** 2 / expected).sum() < 170
