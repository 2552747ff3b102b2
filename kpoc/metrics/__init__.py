"""Metrics that Keras lacks: imbalanced classes, calibration, groups of people.

They need Keras 3 alone, on any backend. Every class takes integer labels, keeps sums
only (so that results don't depend on the batch size) and works compiled.
"""

from kpoc.metrics._registry import get
from kpoc.metrics.accuracy import SparseAccuracy
from kpoc.metrics.balanced_accuracy import BalancedAccuracy
from kpoc.metrics.f1 import SparseF1Score
from kpoc.metrics.inverse_transformed import InverseTransformed

__all__ = [
    "BalancedAccuracy",
    "InverseTransformed",
    "SparseAccuracy",
    "SparseF1Score",
    "get",
]
