"""Descriptive parts of a comparison: confusion matrices and bands."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from kpoc.evaluation.cells import natural_order
from kpoc.evaluation.scores.row_statistics import predicted_classes, ratio


def confusion_rates(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Share of each true class (rows) that is predicted as each class (columns).

    Args:
        truth: (n,) class codes.
        probabilities: (n, K).

    Returns:
        (K, K), rows sum to 1; NaN in rows of classes without truth.
    """
    classes = probabilities.shape[1]
    pairs = truth * classes + predicted_classes(probabilities)
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    return ratio(counts, counts.sum(axis=1, keepdims=True))


def confusions(
    targets: Mapping[str, Mapping],
    truth: Mapping[str, np.ndarray],
    predicted: Mapping[str, Sequence[Mapping[str, np.ndarray]]],
) -> dict[str, dict]:
    """Row-normalised confusion matrices of each target and side, mean over seeds."""
    found = {}
    for name, target in targets.items():
        if target["classes"] is None:
            continue
        rates = {
            side: np.mean([confusion_rates(truth[name], m[name]) for m in models], 0)
            for side, models in predicted.items()
        }
        support = np.bincount(truth[name], minlength=len(target["classes"]))
        found[name] = {
            "classes": target["classes"],
            "sides": rates,
            "support": support,
        }
    return found


def band_edges(labels: Sequence[str]) -> list[int] | None:
    """Lower edges of the bands and the end of the last; None if labels are no ranges.

    Example:
        >>> band_edges(["1-10", "11-20", "21-30"])
        [1, 11, 21, 31]
    """
    ranges = [re.fullmatch(r"(\d+)-(\d+)", label) for label in labels]
    if not all(ranges):
        return None
    return [int(each[1]) for each in ranges] + [int(ranges[-1][2]) + 1]


def bands(targets: Mapping[str, Mapping], rows: Sequence[Mapping]) -> dict[str, dict]:
    """Main score of each regression by the levels of the group ``<target>_band``.

    Args:
        targets: Plain targets.
        rows: Scores of the comparison.
    """
    found = {}
    for name, target in targets.items():
        chosen = [
            row
            for row in rows
            if row["target"] == name
            and target["kind"] == "regression"
            and row["group"] == f"{name}_band"
            and row["metric"] == target["metrics"][0]
        ]
        if not chosen:
            continue
        labels = natural_order({row["level"] for row in chosen})
        support = {row["level"]: row["n"] for row in chosen}
        sides: dict[str, list] = {row["side"]: [] for row in chosen}
        for row in sorted(chosen, key=lambda row: labels.index(row["level"])):
            fields = ("estimate", "low", "high")
            sides[row["side"]].append({field: row[field] for field in fields})
        found[name] = {
            "edges": band_edges(labels),
            "labels": labels,
            "support": [support[label] for label in labels],
            "sides": sides,
        }
    return found
