"""Metrics that Keras lacks: imbalanced classes, calibration, groups of people.

They need Keras 3 alone, on any backend. Every class takes integer labels, keeps sums
only (so that results don't depend on the batch size) and works compiled. Where the
result is one number, it says by `_direction` whether more or less is better: what
Keras' callbacks ask for in mode "auto".
"""

from kpoc.metrics._registry import get, register
from kpoc.metrics.accuracy import SparseAccuracy
from kpoc.metrics.balanced_accuracy import BalancedAccuracy
from kpoc.metrics.binned_mae import MeanAbsoluteErrorByBin
from kpoc.metrics.calibration import ExpectedCalibrationError
from kpoc.metrics.cross_entropy import SparseCrossentropy
from kpoc.metrics.f1 import SparseF1Score
from kpoc.metrics.group_accuracy import GroupAccuracy
from kpoc.metrics.group_demographic_parity import GroupDemographicParityDifference
from kpoc.metrics.group_equalized_odds import GroupEqualizedOddsDifference
from kpoc.metrics.group_false_positive_rate import GroupFalsePositiveRate
from kpoc.metrics.group_mean_absolute_error import GroupMeanAbsoluteError
from kpoc.metrics.group_selection_rate import GroupSelectionRate
from kpoc.metrics.group_true_positive_rate import GroupTruePositiveRate
from kpoc.metrics.inverse_transformed import InverseTransformed
from kpoc.metrics.top_k import SparseTopKAccuracy

__all__ = [
    "BalancedAccuracy",
    "ExpectedCalibrationError",
    "GroupAccuracy",
    "GroupDemographicParityDifference",
    "GroupEqualizedOddsDifference",
    "GroupFalsePositiveRate",
    "GroupMeanAbsoluteError",
    "GroupSelectionRate",
    "GroupTruePositiveRate",
    "InverseTransformed",
    "MeanAbsoluteErrorByBin",
    "SparseAccuracy",
    "SparseCrossentropy",
    "SparseF1Score",
    "SparseTopKAccuracy",
    "get",
    "register",
]
