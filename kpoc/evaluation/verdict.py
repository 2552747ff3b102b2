"""The verdict on the primary metric, in words."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

BETTER, WORSE, UNCLEAR, UNKNOWN = "better", "worse", "no clear difference", "unknown"


def decide(difference: float, p: float, better: str, level: float) -> str:
    """Verdict on one difference from its (corrected) p-value.

    Args:
        difference: Method minus baseline.
        p: Two-sided p-value, NaN if it cannot be known.
        better: ``"higher"`` or ``"lower"``.
        level: Confidence level.

    Example:
        >>> decide(-0.8, 0.01, "lower", 0.95)
        'better'
        >>> decide(-0.8, 0.20, "lower", 0.95)
        'no clear difference'
    """
    if np.isnan(p):
        return UNKNOWN
    if p >= 1 - level:
        return UNCLEAR
    return BETTER if (difference > 0) == (better == "higher") else WORSE


def overall(codes: Sequence[str]) -> str:
    """One code for several methods: is there one that beats the baseline?

    Better if any is better, else unclear or unknown if any is, else worse.
    """
    ranked = (BETTER, UNCLEAR, UNKNOWN, WORSE)
    return next(code for code in ranked if code in codes)


def _digits(row: Mapping[str, Any]) -> int:
    """Three after the point, two of what has a unit; more where the interval is small.

    Two significant digits of its half width, then.
    """
    usual = 3 if row["unit"] is None else 2
    half = (row["high"] - row["low"]) / 2
    if not half > 0:
        return usual
    return max(usual, 1 - math.floor(math.log10(half)))


def sentence(
    row: Mapping[str, Any],
    scores: Mapping[str, Mapping[str, Any]],
    seeds: Mapping[str, int],
    *,
    level: float,
    methods: int,
) -> str:
    """One plain sentence or two about one method's primary difference.

    Args:
        row: The difference, as in a comparison, NaN for what is unknown.
        scores: Score of each side on the primary metric, by name.
        seeds: Number of seeds of each side.
        level: Confidence level.
        methods: How many methods are compared with the baseline.
    """
    side, baseline, unit = row["side"], row["baseline"], row["unit"]
    metric = f"{row['metric'].replace('_', ' ')} of {row['target']}"
    metric += f" in {unit}" if unit else ""
    digits = _digits(row)
    values = [f"{scores[name]['estimate']:.{digits}f}" for name in (side, baseline)]
    difference = f"{row['difference']:+.{digits}f}"
    if np.isnan(row["low"]):
        interval = f"{100 * level:g} % interval unknown"
    else:
        ends = [f"{row[end]:+.{digits}f}" for end in ("low", "high")]
        interval = f"{100 * level:g} % interval {ends[0]} to {ends[1]}"
    start = {
        BETTER: f"{side} is better than {baseline}",
        WORSE: f"{side} is worse than {baseline}",
        UNCLEAR: f"No clear difference between {side} and {baseline}",
        UNKNOWN: f"It is unknown whether {side} differs from {baseline}",
    }[row["verdict"]]
    basis = f"{scores[side]['n']} test rows, {_seeds(seeds, side, baseline)}"
    text = (
        f"{start} on {metric} ({row['better']} is better): {values[0]} against "
        f"{values[1]}, difference {difference}, {interval} ({basis})."
    )
    if methods > 1 and row["verdict"] == UNCLEAR and row["p"] < 1 - level:
        text += (
            f" Alone its interval leaves zero out, but not after Holm's correction for "
            f"{methods} methods (p = {row['p_holm']:.3f})."
        )
    single = [name for name in (side, baseline) if seeds[name] == 1]
    if single:
        text += (
            f" This speaks of the trained models at hand, not of the methods: with one "
            f"seed of {' and '.join(single)}, how much another training would differ "
            f"cannot be known."
        )
    return text


def _seeds(seeds: Mapping[str, int], side: str, baseline: str) -> str:
    ours, theirs = seeds[side], seeds[baseline]
    if ours == theirs:
        return f"{ours} seed{'s' * (ours > 1)} each"
    return f"{ours} against {theirs} seeds"
