"""Uniform numbers that are a function of (seed, epoch, row, view) alone.

A counter-based generator: nothing is kept between calls, so that the order of rows,
the number of workers and the size of batches do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_MULTIPLIERS = np.array([0xD2511F53, 0xCD9E8D57], np.uint64)
_KEY_STEPS = np.array([0x9E3779B9, 0xBB67AE85], np.uint64)
_LOW, _WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
_ROUNDS, _WORDS, _PLACE_BITS, _LOW_WORD = 10, 4, 16, 0xFFFFFFFF


def philox(counter: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Philox4x32-10: four random words for each counter of four words.

    Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (2011),
    section 4.3 and table 2.

    Args:
        counter: (..., 4) uint64 with values under 2^32.
        key: Two numbers under 2^32.

    Returns:
        (..., 4) uint64 with values under 2^32.

    Example:
        >>> words = philox(np.zeros((1, 4), np.uint64), (0, 0))
        >>> [f"{word:08x}" for word in words[0]]
        ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = np.moveaxis(counter, -1, 0)
    k0, k1 = (np.uint64(word) for word in key)
    for _ in range(_ROUNDS):
        p0, p1 = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1 = (p1 >> _WORD) ^ c1 ^ k0, p1 & _LOW
        c2, c3 = (p0 >> _WORD) ^ c3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _KEY_STEPS[0]) & _LOW, (k1 + _KEY_STEPS[1]) & _LOW
    return np.stack([c0, c1, c2, c3], axis=-1)


def uniforms(
    rows: np.ndarray,
    counts: Sequence[int],
    *,
    seed: int,
    epoch: int,
    view: int | np.ndarray = 0,
) -> list[np.ndarray]:
    """Numbers in [0, 1) for each row, multiples of 2^-24, so exact in float32.

    Args:
        rows: Row numbers, (n,).
        counts: How many numbers a row each consumer takes. What a consumer gets depends
            on its place in the list and not on the others' counts.
        seed: Seed of the training, 0 or more.
        epoch: Epoch, counted from 0.
        view: Which of several views of the row in that epoch, or (n,) of them.

    Returns:
        An array (n, count) float64 for each consumer.

    Example:
        >>> [both] = uniforms(np.array([7, 3]), [5], seed=0, epoch=2)
        >>> [alone] = uniforms(np.array([3]), [5], seed=0, epoch=2)
        >>> bool((both[1] == alone[0]).all())
        True
    """
    blocks = [-(-count // _WORDS) for count in counts]
    counter = np.empty((len(rows), sum(blocks), _WORDS), np.uint64)
    counter[..., 0] = np.asarray(rows, np.uint64)[:, None]
    counter[..., 1] = [
        (place << _PLACE_BITS) + block
        for place, total in enumerate(blocks)
        for block in range(total)
    ]
    counter[..., 2] = epoch
    counter[..., 3] = np.reshape(view, (-1, 1))
    words = philox(counter, (seed & _LOW_WORD, (seed >> 32) & _LOW_WORD))
    numbers = (words >> np.uint64(8)) * 2.0**-24
    parts = np.split(numbers, np.cumsum(blocks)[:-1], axis=1)
    return [
        part.reshape(len(rows), -1)[:, :count]
        for part, count in zip(parts, counts, strict=True)
    ]
