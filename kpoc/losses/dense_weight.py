"""Weights for regression targets: the rarer a value, the heavier."""

import numpy as np
from keras import ops

from kpoc.losses import _density
from kpoc.losses._base import floats, nonnegative, one_of, positive

_LEAST_STEPS = 64
"""Of a float64 at the largest value, that a bandwidth must span."""
_METHODS = {"kde": _density.scale_free, "reference": _density.reference}


class DenseWeight:
    r"""Weighs a regression target by how rare its value is in the training data.

    `w(y) = max(1 - alpha * p'(y), eps) / mean`, where p' is a kernel density of the
    fitted y scaled to [0, 1] and the mean, over the fitted y, makes the weights
    average 1 there. The kernel is Gaussian with the bandwidth
    `1.06 * std(y) * n**(-1/5)`. Values outside of the fitted range weigh as much as
    density zero, `1 / mean`.

    This is plain numpy, linear in n, and not a loss: `kpoc.losses.DenseLoss` is.

    Args:
        alpha: How strongly density counts, >= 0. 0 gives uniform weights, 1 takes the
            commonest value down to `eps`, more than 1 takes common values out.
            Defaults to `1.0`.
        method: `"kde"` or `"reference"`. Defaults to `"kde"`, an estimate on a grid
            with linear interpolation, which doesn't depend on the unit of y.
            `"reference"` gives the numbers of the authors' `denseweight` package
            (0.1.2), its limits included: it looks up the left of 4096 grid points,
            and its kernel ends at a density of 1e-4 whatever the unit, which is
            harmless for years and wrong for days (weights off by up to 0.7); above a
            bandwidth of about 3989 it raises.
        bandwidth: Standard deviation of the kernel in the unit of y, > 0. Defaults to
            `None`: the rule above.
        eps: Smallest weight before division by the mean, > 0. Defaults to `1e-6`.

    Raises:
        ValueError: an argument is out of range; or `fit` gets values that are NaN or
            infinite, or fewer than two different ones (constant y or n = 1: there is
            no bandwidth); or weights are asked for before `fit` or for NaN.

    Example:
        >>> y = [20, 21, 22, 22, 23, 24, 60]
        >>> DenseWeight(alpha=0.5).fit(y)([22, 60, 99]).round(2).tolist()
        [0.89, 1.63, 1.78]

    Reference:
        - [Density-based weighting for imbalanced regression (Steininger et al.,
          2021)](https://doi.org/10.1007/s10994-021-06023-5), eq. 2 to 5.
    """

    def __init__(self, alpha=1.0, method="kde", bandwidth=None, eps=1e-6):
        self.alpha = nonnegative("alpha", alpha)
        self.method = one_of("method", method, tuple(_METHODS))
        if bandwidth is not None:
            bandwidth = positive("bandwidth", bandwidth)
        self.bandwidth = bandwidth
        self.eps = positive("eps", eps)
        self.grid = self.density = self.mean = None

    def fit(self, y):
        """Estimates the density of the training targets `y`, any shape.

        Fitting again starts anew. Returns itself.
        """
        y = floats("y", y).ravel()
        bad = np.count_nonzero(~np.isfinite(y))
        if bad:
            raise ValueError(
                f"`y` must be finite. Received: {bad} of {len(y)} values are NaN or "
                "infinite"
            )
        spread = y.std() if len(y) else 0.0
        if not spread > 0 or y.min() == y.max():
            raise ValueError(
                "`y` must hold at least two different values, or it has no density. "
                f"Received: {len(y)} values, {len(np.unique(y[:2]))} different"
            )
        bandwidth = self.bandwidth or 1.06 * spread * len(y) ** -0.2
        if not _LEAST_STEPS * np.spacing(np.abs(y).max()) < bandwidth < np.inf:
            raise ValueError(
                "`y` must hold values whose differences a float64 can tell apart. "
                f"Received: values from {y.min()!r} to {y.max()!r}, a bandwidth of "
                f"{bandwidth:.3g}"
            )
        self.grid, density = _METHODS[self.method](y, bandwidth)
        low, high = density.min(), density.max()
        self.density = (density - low) / (high - low)
        self.mean = 1.0
        if self.method == "kde":
            # Linear bins are the adjoint of linear interpolation: no second pass.
            self.mean = float(_density.linear_bins(y, self.grid) @ self.table)
        else:
            self.mean = float(np.mean(self(y)))
        return self

    @property
    def table(self):
        """Weights on the grid, float64."""
        self._check_fitted()
        return np.maximum(1 - self.alpha * self.density, self.eps) / self.mean

    def __call__(self, y):
        """Returns the weights of `y` as a float64 array of its shape."""
        table = self.table
        y = floats("y", y)
        if np.isnan(y).any():
            raise ValueError(
                "`y` must not be NaN. Received: "
                f"{np.count_nonzero(np.isnan(y))} of {y.size} values are NaN"
            )
        if self.method == "reference":
            left = np.searchsorted(self.grid, y, side="right") - 1
            return table[left]
        where = _density.positions(y, self.grid)
        left = np.minimum(where.astype(np.int64), len(table) - 2)
        share = where - left
        return table[left] * (1 - share) + table[left + 1] * share

    def lookup(self, y):
        """Returns the weights of `y` as a tensor, with `keras.ops`, also in a graph.

        The same numbers as a call, in the float dtype of `y`. With
        `method="reference"` a value within rounding of a grid point may be given the
        weight of the neighbouring one. NaN gets the weight of density zero.
        """
        table = ops.convert_to_tensor(self.table, dtype=y.dtype)
        low, high, last = self.grid[0], self.grid[-1], len(self.grid) - 1
        where = ops.clip((y - low) * (last / (high - low)), 0, last)
        where = ops.where(ops.isnan(y), 0.0, where)
        left = ops.minimum(ops.cast(ops.floor(where), "int32"), last - 1)
        if self.method == "reference":
            outside = ops.logical_or(y < low, y >= high)
            return ops.take(table, ops.where(outside, last, left))
        share = where - ops.cast(left, where.dtype)
        return ops.take(table, left) * (1 - share) + ops.take(table, left + 1) * share

    def get_config(self):
        """Returns plain JSON: the arguments, and the fitted table if there is one."""
        fitted = None
        if self.grid is not None:
            fitted = {
                "low": float(self.grid[0]),
                "high": float(self.grid[-1]),
                "mean": self.mean,
                "density": self.density.tolist(),
            }
        return {
            "alpha": self.alpha,
            "method": self.method,
            "bandwidth": self.bandwidth,
            "eps": self.eps,
            "fitted": fitted,
        }

    @classmethod
    def from_config(cls, config):
        """Makes the object that `get_config` described."""
        config = dict(config)
        fitted = config.pop("fitted", None)
        weight = cls(**config)
        if fitted is not None:
            weight.density = np.asarray(fitted["density"], dtype=np.float64)
            weight.mean = float(fitted["mean"])
            weight.grid = np.linspace(
                fitted["low"], fitted["high"], len(weight.density)
            )
        return weight

    def _check_fitted(self):
        if self.grid is None:
            raise ValueError(
                "`DenseWeight` must be fitted first: DenseWeight(...).fit(y_train). "
                "Received: an object that is not fitted"
            )
