"""Rates by group from saved predictions, as `kpoc.metrics.Group*` defines them.

Classes are codes or names, groups are whatever a column holds; nothing here needs
Keras.
"""

import numpy as np

RATES = {
    "accuracy": lambda true, predicted, positive: (
        np.ones(len(true)),
        true == predicted,
    ),
    "true_positive_rate": lambda true, predicted, positive: (
        true == positive,
        predicted == positive,
    ),
    "false_positive_rate": lambda true, predicted, positive: (
        true != positive,
        predicted == positive,
    ),
    "selection_rate": lambda true, predicted, positive: (
        np.ones(len(true)),
        predicted == positive,
    ),
}
SUMMARIES = ("mean", "worst", "gap", "penalized_mean")
METHODS = ("between_groups", "to_overall")
AGGREGATIONS = ("worst_case", "mean")
UNDEFINED = ("zero", "skip")


def group_rates(
    truth, predicted, groups, rate="accuracy", *, positive=1, undefined="zero"
) -> dict:
    """A rate within each group.

    ::

        rate_g = sum over rows of g of admitted_i counts_i / sum of admitted_i

    "accuracy" admits all rows and counts those predicted right; "selection_rate" all,
    and those predicted positive; "true_positive_rate" the positive and
    "false_positive_rate" the other rows, and of them those predicted positive.

    Args:
        truth: true classes, (n,).
        predicted: predicted classes, (n,).
        groups: group of each row, (n,).
        rate: one of RATES.
        positive: the class that counts as positive.
        undefined: what a group is worth without an admitted row: "zero" as fairlearn
            has it, or "skip" for NaN.

    Returns:
        {group: rate}, groups in sorted order.

    Raises:
        ValueError: If an argument or a length does not fit.

    Example:
        >>> from kpoc.evaluation.group_metrics import group_rates
        >>> group_rates([0, 1, 1, 1], [0, 1, 0, 1], ["a", "a", "b", "b"])
        {'a': 1.0, 'b': 0.5}
    """
    _one_of("rate", rate, RATES)
    _one_of("undefined", undefined, UNDEFINED)
    truth, predicted, groups = _columns(truth=truth, predicted=predicted, groups=groups)
    admitted, counts = RATES[rate](truth, predicted, positive)
    admitted = np.asarray(admitted, bool)
    fill = 0.0 if undefined == "zero" else np.nan
    rates = {}
    for group in np.unique(groups):
        rows = admitted & (groups == group)
        rates[group.item()] = float(counts[rows].mean()) if rows.any() else fill
    return rates


def summarize(
    values: dict, summary: str, *, penalty: float = 1.0, higher_is_better: bool = True
) -> float:
    """One number out of the values of the groups.

    "mean", "worst", "gap" (largest less smallest), or "penalized_mean": the mean less
    `penalty` times the gap (more, where lower is better).

    Args:
        values: {group: value}; NaN for a group that doesn't count.
        summary: one of SUMMARIES.
        penalty: weight of the gap.
        higher_is_better: whether the smallest value is the worst.

    Returns:
        The summary; NaN where no group counts.

    Raises:
        ValueError: If `summary` is unknown.

    Example:
        >>> from kpoc.evaluation.group_metrics import summarize
        >>> summarize({"a": 1.0, "b": 0.5}, "penalized_mean")
        0.25
    """
    _one_of("summary", summary, SUMMARIES)
    counted = np.array([v for v in values.values() if not np.isnan(v)], np.float64)
    if not counted.size:
        return float("nan")
    low, high, mean = counted.min(), counted.max(), counted.mean()
    sign = 1.0 if higher_is_better else -1.0
    return float(
        {
            "mean": mean,
            "worst": low if higher_is_better else high,
            "gap": high - low,
            "penalized_mean": mean - sign * penalty * (high - low),
        }[summary]
    )


def demographic_parity_difference(
    predicted, groups, *, method="between_groups", positive=1
) -> float:
    """How far the groups' selection rates are apart.

    Args:
        predicted: predicted classes, (n,).
        groups: group of each row, (n,).
        method: "between_groups" (largest less smallest) or "to_overall" (largest
            distance from the rate of all rows).
        positive: the class that counts as positive.

    Returns:
        In [0, 1]; 0 is parity.

    Raises:
        ValueError: If an argument or a length does not fit.

    Example:
        >>> from kpoc.evaluation.group_metrics import demographic_parity_difference
        >>> demographic_parity_difference([0, 1, 1, 1], ["a", "a", "b", "b"])
        0.5
    """
    return _difference(predicted, predicted, groups, "selection_rate", method, positive)


def equalized_odds_difference(
    truth,
    predicted,
    groups,
    *,
    method="between_groups",
    agg="worst_case",
    undefined="zero",
    positive=1,
) -> float:
    """How far the groups' true and false positive rates are apart.

    Args:
        truth: true classes, (n,).
        predicted: predicted classes, (n,).
        groups: group of each row, (n,).
        method: as in `demographic_parity_difference`.
        agg: "worst_case" (the larger of both differences) or "mean".
        undefined: as in `group_rates`.
        positive: the class that counts as positive.

    Returns:
        In [0, 1]; 0 is equality.

    Raises:
        ValueError: If an argument or a length does not fit.

    Example:
        >>> from kpoc.evaluation.group_metrics import equalized_odds_difference
        >>> equalized_odds_difference([0, 1, 0, 1], [0, 1, 1, 1], ["a", "a", "b", "b"])
        1.0
    """
    _one_of("agg", agg, AGGREGATIONS)
    odds = [
        _difference(truth, predicted, groups, rate, method, positive, undefined)
        for rate in ("true_positive_rate", "false_positive_rate")
    ]
    return max(odds) if agg == "worst_case" else sum(odds) / 2


def _difference(truth, predicted, groups, rate, method, positive, undefined="zero"):
    _one_of("method", method, METHODS)
    options = {"positive": positive, "undefined": undefined}
    rates = group_rates(truth, predicted, groups, rate, **options)
    if method == "between_groups":
        return summarize(rates, "gap")
    (overall,) = group_rates(
        truth, predicted, np.zeros(len(truth)), rate, positive=positive
    ).values()
    distances = {group: abs(value - overall) for group, value in rates.items()}
    return summarize(distances, "worst", higher_is_better=False)


def _one_of(name, value, allowed):
    if value not in allowed:
        raise ValueError(
            f"`{name}` must be one of {list(allowed)}. Received: {name}={value!r}"
        )


def _columns(**columns):
    arrays = {name: np.asarray(column) for name, column in columns.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or any(len(s) != 1 for s in shapes.values()):
        names = ", ".join(f"`{name}`" for name in columns)
        raise ValueError(f"{names} must be as long as each other. Received: {shapes}")
    return arrays.values()
