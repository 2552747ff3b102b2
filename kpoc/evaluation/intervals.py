"""Intervals that count both sources of uncertainty: the rows and the seeds.

The score of a side is the mean over its S seeds (trainings). Written for a contrast
of one side (a score) or two (a difference, method minus baseline):

- **Rows**: V_rows, the bootstrap variance of the contrast of the means, the trained
  models held fixed.
- **Seeds**: P = sum over sides of s^2 / S, with s^2 the variance between the scores of
  the seeds. Seeds are scored on the same rows, so part of s^2 is no difference between
  trainings but their disagreement about single rows (seed x row interaction), and
  V_rows holds that part already. Its size is known from the bootstrap: v, the mean
  over resamples of the between-seed variance of the resampled deviations from the
  scores. So C = max(0, P - sum of v / S) is added, not P.
- V = V_rows + C, with Satterthwaite's degrees of freedom
  V^2 / (P^2 / d [C > 0] + V_rows^2 / d_rows), where d is Welch's for P and d_rows the
  rows minus the strata.
- The half-width is t(df) sqrt(V), but at least t(d) (P C)^(1/4), the seeds alone, their
  variance half way between what they show and what is left of it. Without this the
  luck of three close seeds leaves intervals that cover 92 % where seeds dominate.

One seed tells nothing about the variance between trainings: its side adds nothing to
C, and the interval speaks of that trained model only.

Source: Satterthwaite (1946); Welch (1947). The subtraction and the least width were
chosen by simulation: `benchmarks/coverage.py` and `results/coverage.md`.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy import special

_RELATIVE_TOLERANCE = 1e-6


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate with its uncertainty; NaN for what cannot be known.

    Attributes:
        estimate: The contrast.
        low: Lower end.
        high: Upper end.
        p: Two-sided p-value of "the contrast is zero".
        rows_variance: Variance from the rows, V_rows.
        seeds_variance: What the seeds add to it, C.
        df: Satterthwaite degrees of freedom.
    """

    estimate: float
    low: float
    high: float
    p: float
    rows_variance: float
    seeds_variance: float
    df: float


def _two_sided_p(estimate: float, variance: float, df: float) -> float:
    if variance <= 0:
        return 0.0
    return float(2 * special.stdtr(df, -abs(estimate) / math.sqrt(variance)))


def contrast(
    estimate: np.ndarray,
    covariance: np.ndarray,
    sides: Sequence[tuple[float, Sequence[int]]],
    *,
    rows_df: float,
    level: float = 0.95,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """Interval of a signed sum of the mean scores of sides.

    Args:
        estimate: (M,) scores of all models.
        covariance: (M, M) of their resampled scores (`bootstrap.Moments`).
        sides: (sign, positions of the side's seeds among the M models) of each side:
            ``[(1, seeds)]`` for a score, ``[(1, method), (-1, baseline)]`` for a
            difference.
        rows_df: Degrees of freedom of the row variance: rows minus strata.
        level: Confidence level in (0, 1).
        bounds: Possible values of the contrast; the ends are clipped to them.

    Returns:
        The interval. Its ends are NaN where the score is undefined, or where the
        resamples do not vary at all (as with ten right answers of ten): then the
        data at hand cannot tell.

    Raises:
        ValueError: If `level` is not in (0, 1).

    Example:
        >>> import numpy as np
        >>> scores = np.array([0.80, 0.82, 0.81, 0.85, 0.86, 0.87])
        >>> covariance = np.full((6, 6), 1.0e-4) + 0.5e-4 * np.eye(6)
        >>> result = contrast(
        ...     scores, covariance, [(1, [3, 4, 5]), (-1, [0, 1, 2])], rows_df=600
        ... )
        >>> round(result.estimate, 3), round(result.low, 3), round(result.high, 3)
        (0.05, 0.027, 0.073)
    """
    if not 0 < level < 1:
        raise ValueError(f"`level` must be in (0, 1). Received: {level}")
    weights = np.zeros(len(estimate))
    observed, interaction, welch = 0.0, 0.0, 0.0
    for sign, seeds in sides:
        seeds = list(seeds)
        count = len(seeds)
        weights[seeds] = sign / count
        if count < 2:
            continue
        scores = estimate[seeds]
        of_mean = ((scores - scores.mean()) ** 2).sum() / (count - 1) / count
        block = covariance[seeds][:, seeds]
        within = (block.trace() - block.sum() / count) / (count - 1)
        observed += of_mean
        # equal seeds leave a rounding error here, which may be below 0
        interaction += max(within, 0.0) / count
        welch += of_mean**2 / (count - 1)
    used = weights != 0
    value = float(weights[used] @ estimate[used])
    rows_variance = float(
        weights[used] @ covariance[np.ix_(used, used)] @ weights[used]
    )
    unknown = Interval(value, *[np.nan] * 6)
    if not math.isfinite(value + rows_variance) or rows_df <= 0:
        return unknown
    scale = _RELATIVE_TOLERANCE * max(np.abs(estimate).max(), 1e-12)
    if rows_variance <= scale**2:
        return dataclasses.replace(unknown, p=1.0 if abs(value) <= scale else np.nan)

    seeds_variance = max(0.0, observed - interaction)
    variance = rows_variance + seeds_variance
    spread = rows_variance**2 / rows_df
    tail = (1 + level) / 2
    half, p, seeds_df = 0.0, 0.0, np.inf
    if seeds_variance > 0:
        seeds_df = observed**2 / welch
        spread += welch
        between = math.sqrt(observed * seeds_variance)
        half = float(special.stdtrit(seeds_df, tail) * math.sqrt(between))
        p = _two_sided_p(value, between, seeds_df)
    # a sum of independent variances never has fewer than the poorest of its parts
    df = max(variance**2 / spread, min(seeds_df, rows_df))
    half = max(half, float(special.stdtrit(df, tail) * math.sqrt(variance)))
    p = max(p, _two_sided_p(value, variance, df))
    low, high = max(value - half, bounds[0]), min(value + half, bounds[1])
    return Interval(value, low, high, p, rows_variance, seeds_variance, df)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's step-down correction of several p-values; NaN stays NaN and counts not.

    p'(i) = max over j <= i of min(1, (m - j + 1) p(j)), p sorted ascending.

    Args:
        p_values: p-values in [0, 1] or NaN.

    Returns:
        Corrected p-values in the same order.

    Example:
        >>> holm([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.06, 0.06]

    Source: Holm (1979), Scandinavian Journal of Statistics 6.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    corrected = np.full(p_values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    ranked = known[np.argsort(p_values[known], kind="stable")]
    factors = np.arange(len(ranked), 0, -1)
    corrected[ranked] = np.minimum(
        1.0, np.maximum.accumulate(factors * p_values[ranked])
    )
    return corrected
