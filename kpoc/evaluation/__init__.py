"""Evaluation: predictions to scores, intervals and comparisons. Reads no model."""

from kpoc.evaluation.compare import evaluate
from kpoc.evaluation.comparison import Comparison
from kpoc.evaluation.sides import Side, side_from_run_dirs, side_from_tables

__all__ = ["Comparison", "Side", "evaluate", "side_from_run_dirs", "side_from_tables"]
