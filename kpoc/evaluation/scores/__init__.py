"""Scores: one file a score, found by walking this package.

A score is a function of *sums over rows*: every row brings a few statistics (an
n x s matrix), and ``finish`` turns their sums into the score, vectorised over all
leading axes. A weighted resample of the rows is then one matrix product, whatever
the score. To add one, write a module here that decorates its ``finish``::

    @register("mae", title="mean absolute error", meaning="...", metric="mae",
              rows=absolute_errors, kinds=REGRESSION, better="lower", ...)
    def mae(sums): ...
"""

from kpoc.evaluation.scores.registry import (
    CLASSES,
    REGRESSION,
    Score,
    get,
    names,
    register,
)

__all__ = ["CLASSES", "REGRESSION", "Score", "get", "names", "register"]
