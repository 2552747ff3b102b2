"""Mean absolute error by bins of the truth, from saved predictions."""

import numpy as np


def mean_absolute_error_by_bin(
    truth, predicted, edges, *, average: str | None = "macro"
) -> float | np.ndarray:
    """MAE within bins of the true value, and its mean over the bins.

    ::

        MAE_k = mean of |predicted_i - truth_i| over the rows in bin k
        macro = mean of MAE_k over the bins that hold rows

    Args:
        truth: true values, (n,).
        predicted: predicted values, (n,).
        edges: K + 1 rising numbers. Bin k holds edges[k] <= truth < edges[k + 1], the
            last bin its upper edge too, as in `numpy.histogram`.
        average: "macro" for the mean over the bins that hold rows, or None for the K
            values, NaN for an empty bin.

    Returns:
        A number, or (K,) with average=None.

    Raises:
        ValueError: If an argument or a shape does not fit, or a truth lies outside.

    Example:
        >>> from kpoc.evaluation.binned import mean_absolute_error_by_bin
        >>> mean_absolute_error_by_bin([20, 30, 70], [21, 33, 60], [0, 40, 80])
        6.0

    Reference:
        Baccianella, Esuli, Sebastiani, Evaluation Measures for Ordinal Regression,
        ISDA 2009.
    """
    truth = np.asarray(truth, np.float64)
    predicted = np.asarray(predicted, np.float64)
    edges = np.asarray(edges, np.float64)
    if truth.ndim != 1 or truth.shape != predicted.shape:
        raise ValueError(
            "`truth` and `predicted` must be (n,), as long as each other. Received: "
            f"shapes {truth.shape} and {predicted.shape}"
        )
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ValueError(
            "`edges` must be at least two rising numbers. "
            f"Received: edges={edges.tolist()}"
        )
    if average not in ("macro", None):
        raise ValueError(
            f'`average` must be "macro" or None. Received: average={average!r}'
        )
    outside = ~((truth >= edges[0]) & (truth <= edges[-1]))
    if outside.any():
        raise ValueError(
            f"`truth` must lie within {edges[0]:g} and {edges[-1]:g}. Received: "
            f"{truth[outside][:5].tolist()}"
        )
    bins = np.minimum(np.searchsorted(edges, truth, side="right"), len(edges) - 1) - 1
    size = len(edges) - 1
    errors = np.bincount(bins, np.abs(predicted - truth), minlength=size)
    counts = np.bincount(bins, minlength=size)
    by_bin = np.full(size, np.nan)
    np.divide(errors, counts, out=by_bin, where=counts > 0)
    if average is None:
        return by_bin
    return float(by_bin[counts > 0].mean()) if counts.any() else float("nan")
