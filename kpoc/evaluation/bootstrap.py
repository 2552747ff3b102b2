"""The paired, stratified bootstrap of many scores in one pass over the resamples.

Within a stratum of n_h rows a resample draws n_h - 1 rows with replacement and
weighs each draw n_h / (n_h - 1): the rescaled bootstrap. The naive one (n_h draws)
gives a variance that is too small by (n_h - 1) / n_h, 10 % for cells of 10 rows.
A stratum of one row cannot vary and keeps weight 1.

Every score is a function of sums over rows (`kpoc.evaluation.scores`), so the scores
of all models in a resample are one matrix product, statistics (columns, rows) times
weights (rows, resamples). The weights are made once, chunk by chunk, and serve all
sides and seeds (that is the pairing), all targets, scores and groups. Of each score
only the covariance over resamples between the models is kept: memory does not grow
with the number of resamples.

Source: Rao & Wu (1988), "Resampling inference with complex survey data", JASA 83,
eq. (4.1) with m_h = n_h - 1; Efron & Tibshirani (1993).
"""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import threadpoolctl

_DRAW_ENTRIES = 500_000
_CHUNK_ENTRIES = 4_000_000


@dataclasses.dataclass(frozen=True)
class Block:
    """Statistics of some rows for all models, and what to make of their sums.

    Attributes:
        statistics: (n_b, M, s): rows of the block, models, statistics.
        finishes: Functions of sums (..., M, s) to scores (..., M) or (..., M, K).
        rows: Positions (n_b,) of the block's rows among all n, or None for all.
            Blocks that share one array are multiplied together.
    """

    statistics: np.ndarray
    finishes: tuple[Callable[[np.ndarray], np.ndarray], ...]
    rows: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class Joint:
    """A figure of the scores of several blocks in the same resample, such as a gap.

    Attributes:
        members: Position of each block among all blocks, and of the finish in it; the
            scores of all members have one shape.
        finish: Function of the members' scores (L, ..., Q, M) to scores (..., M).
        centred: Take not the members' scores but how far they are from those of all
            rows: the figure as chance alone makes it.
    """

    members: tuple[tuple[int, int], ...]
    finish: Callable[[np.ndarray], np.ndarray]
    centred: bool = False


@dataclasses.dataclass(frozen=True)
class Moments:
    """Scores and their covariance over resamples, for Q scores of M models.

    Attributes:
        estimate: (Q, M) scores of all rows, each counted once.
        covariance: (Q, M, M) over the resamples in which all M are defined; NaN where
            fewer than half of the resamples are.
        undefined: (Q,) resamples in which the score of some model is undefined.
        mean: (Q, M) mean over the resamples that count for the covariance.
    """

    estimate: np.ndarray
    covariance: np.ndarray
    undefined: np.ndarray
    mean: np.ndarray


def resample_weights(
    strata: np.ndarray, resamples: int, seed: int = 0
) -> Iterator[np.ndarray]:
    """Weights of rows in resamples, chunk by chunk.

    Args:
        strata: (n,) label of each row's stratum; a constant for no strata.
        resamples: How many resamples to draw.
        seed: Seed of the generator; the weights do not depend on the chunks.

    Yields:
        float64 arrays (n, c), resamples in columns: picking the rows of a group is
        then a copy of whole lines. The weights of a stratum sum to its size.

    Example:
        >>> import numpy as np
        >>> strata = np.array(["a", "a", "a", "b"])
        >>> (weights,) = resample_weights(strata, resamples=5)
        >>> weights.shape, weights.sum(axis=0).tolist()
        ((4, 5), [4.0, 4.0, 4.0, 4.0, 4.0])
        >>> weights[3].tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    n = len(strata)
    _, codes, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    order = np.argsort(codes, kind="stable")
    draws = sizes - 1
    start = np.repeat(np.cumsum(sizes) - sizes, draws)
    size = np.repeat(sizes, draws)
    scale = (sizes / np.maximum(draws, 1))[codes][:, None]
    fixed = np.where(sizes == 1, 1.0, 0.0)[codes][:, None]
    generator = np.random.default_rng(seed)
    chunk, part = max(1, _CHUNK_ENTRIES // n), max(1, _DRAW_ENTRIES // n)
    for first in range(0, resamples, chunk):
        weights = np.empty((n, min(chunk, resamples - first)))
        for begin in range(0, weights.shape[1], part):
            columns = weights[:, begin : begin + part]
            count = columns.shape[1]
            within = (generator.random((count, len(size))) * size).astype(np.int64)
            cells = order[start + within] * count + np.arange(count)[:, None]
            counts = np.bincount(cells.ravel(), minlength=n * count)
            columns[:] = counts.reshape(n, count) * scale + fixed
        yield weights


@functools.cache
def _linear_algebra() -> threadpoolctl.ThreadpoolController:
    """Handle on the threads of the linear algebra.

    One is enough: the products are thin, and several threads that compete with a
    training for the cores wait for each other (measured: 20 times slower).
    """
    return threadpoolctl.ThreadpoolController()


def _products(blocks: Sequence[Block | Joint]) -> list[tuple]:
    """Blocks of the same rows and type joined: (rows, matrix, positions, splits).

    The weights of the rows are then picked once, and a few large products cost less
    than many small ones.
    """
    joined: dict[tuple, list[int]] = {}
    for position, block in enumerate(blocks):
        if isinstance(block, Block):
            key = (id(block.rows), block.statistics.dtype)
            joined.setdefault(key, []).append(position)
    products = []
    for positions in joined.values():
        members = [blocks[p].statistics for p in positions]
        columns = [each.reshape(len(each), -1) for each in members]
        matrix = np.ascontiguousarray(np.concatenate(columns, axis=1).T)
        splits = np.cumsum([each.shape[1] for each in columns])[:-1]
        products.append((blocks[positions[0]].rows, matrix, positions, splits))
    return products


class _Accumulator:
    """Running covariance of one score over resamples, about its estimate."""

    def __init__(self, estimate: np.ndarray) -> None:
        self.estimate = estimate
        scores, models = estimate.shape
        self.total = np.zeros((scores, models))
        self.products = np.zeros((scores, models, models))
        self.defined = np.zeros(scores, np.int64)
        self.seen = 0

    def add(self, samples: np.ndarray) -> None:
        """Takes samples of shape (resamples, Q, M)."""
        deviations = samples - self.estimate
        defined = np.isfinite(deviations).all(axis=-1)
        deviations[~defined] = 0.0
        by_score = deviations.transpose(1, 0, 2)
        self.total += by_score.sum(axis=1)
        self.products += by_score.transpose(0, 2, 1) @ by_score
        self.defined += defined.sum(axis=0)
        self.seen += len(samples)

    def moments(self) -> Moments:
        usable = (2 * self.defined >= self.seen) & (self.defined >= 2)
        count = np.where(usable, self.defined, np.nan)[:, None, None]
        outer = self.total[:, :, None] * self.total[:, None, :]
        covariance = (self.products - outer / count) / (count - 1)
        mean = self.estimate + self.total / count[..., 0]
        return Moments(self.estimate, covariance, self.seen - self.defined, mean)


def _scores_first(scores: np.ndarray, leading: int) -> np.ndarray:
    """(..., M) or (..., M, K) scores as (..., Q, M)."""
    if scores.ndim == leading + 1:
        return scores[..., None, :]
    return np.swapaxes(scores, -1, -2)


def _joined(joint: Joint, samples: Mapping, estimates: Mapping) -> np.ndarray:
    """The figure from scores (..., Q, M) by member; (..., 1, M)."""
    origin = estimates if joint.centred else dict.fromkeys(joint.members, 0.0)
    scores = joint.finish(np.stack([samples[m] - origin[m] for m in joint.members]))
    return scores[..., None, :]


def bootstrap(
    blocks: Sequence[Block | Joint],
    strata: np.ndarray,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> list[list[Moments]]:
    """Scores of all models in all blocks, and how they vary between resamples.

    Args:
        blocks: What to score; all blocks and models see the same resamples. Joints
            come after the blocks that they name.
        strata: (n,) stratum of each row; a constant for no strata.
        resamples: Number of resamples, at least 2.
        seed: Seed of the weights.

    Returns:
        For each block, a list with the `Moments` of each of its finishes.

    Raises:
        ValueError: If `resamples` < 2 or `strata` is empty.

    Example:
        >>> import numpy as np
        >>> errors = np.array([1.0, 2.0, 3.0, 6.0])
        >>> mean = lambda sums: sums[..., 0] / sums[..., 1]
        >>> block = Block(np.stack([errors, np.ones(4)], 1)[:, None, :], (mean,))
        >>> ((moments,),) = bootstrap([block], np.zeros(4), resamples=20_000)
        >>> float(moments.estimate[0, 0])
        3.0
        >>> bool(abs(moments.covariance[0, 0, 0] - errors.var(ddof=1) / 4) < 0.05)
        True
    """
    if resamples < 2:
        raise ValueError(f"`resamples` must be at least 2. Received: {resamples}")
    if len(strata) == 0:
        raise ValueError("`strata` must have at least one row. Received: none")
    accumulators: list[list[_Accumulator]] = []
    estimates: dict[tuple[int, int], np.ndarray] = {}
    for position, block in enumerate(blocks):
        if isinstance(block, Joint):
            found = [_joined(block, estimates, estimates)]
        else:
            sums = block.statistics.sum(axis=0, dtype=np.float64)
            found = [_scores_first(finish(sums), 0) for finish in block.finishes]
        estimates |= {(position, index): scores for index, scores in enumerate(found)}
        accumulators.append([_Accumulator(scores) for scores in found])
    joints = {p: block for p, block in enumerate(blocks) if isinstance(block, Joint)}
    members = {member for joint in joints.values() for member in joint.members}
    samples: dict[tuple[int, int], np.ndarray] = {}
    products = _products(blocks)
    for weights in resample_weights(strata, resamples, seed):
        count = weights.shape[1]
        for rows, matrix, positions, splits in products:
            chosen = weights if rows is None else weights[rows]
            with _linear_algebra().limit(limits=1, user_api="blas"):
                sums = matrix @ chosen.astype(matrix.dtype, copy=False)
            sums = sums.astype(np.float64)
            for position, part in zip(positions, np.split(sums, splits), strict=True):
                block = blocks[position]
                part = part.T.reshape(count, *block.statistics.shape[1:])
                for index, finish in enumerate(block.finishes):
                    found = _scores_first(finish(part), 1)
                    accumulators[position][index].add(found)
                    if (position, index) in members:
                        samples[position, index] = found
        for position, joint in joints.items():
            accumulators[position][0].add(_joined(joint, samples, estimates))
    return [[each.moments() for each in targets] for targets in accumulators]
