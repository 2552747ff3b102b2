"""Gaussian kernel density estimates on a grid, in time linear in the rows."""

import numpy as np

_CHUNK = 1 << 20


def scale_free(y, bandwidth):
    """Returns a grid and the density on it; scaling y scales both.

    The grid reaches five bandwidths past the data, in steps of at most an eighth of
    one, within 1024 to 16384 points: under very heavy tails the step is the larger of
    the two and stands for the bandwidth.
    """
    low, high = y.min() - 5 * bandwidth, y.max() + 5 * bandwidth
    points = 2 ** int(np.ceil(np.log2(max((high - low) / bandwidth * 8, 2))))
    grid = np.linspace(low, high, min(max(points, 1024), 16384))
    reach = min(int(8 * bandwidth / (grid[1] - grid[0])) + 1, len(grid) - 1)
    return grid, _density(y, grid, bandwidth, reach)


def reference(y, bandwidth, points=4096, atol=1e-4, boundary=0.05):
    """Returns grid and density as the `denseweight` package gets them from KDEpy.

    The kernel ends where its density falls to 1e-4 absolute, so the estimate depends
    on the unit of y, and there is none for bandwidths above about 3989.
    """
    if _gaussian(0, bandwidth) <= atol:
        raise ValueError(
            "`method='reference'` needs a bandwidth below about 3989, for its kernel "
            "is cut at a density of 1e-4: use another unit of y (years for days) or "
            f"method='kde'. Received: y with a bandwidth of {bandwidth:.6g}"
        )
    # The package adds the tolerance of its root finder to the root.
    support = 1e-3 + _brent(
        lambda x: _gaussian(x, bandwidth) - atol, 0.0, 8 * bandwidth, 1e-3
    )
    margin = max(boundary * (y.max() - y.min()), support)
    low, high = y.min() - margin, y.max() + margin
    grid = np.linspace(low, high, points)
    reach = min(int(support * (points - 1) / (high - low)), points - 1)
    density = _density(y, grid, bandwidth, reach)
    return grid, np.maximum(density, np.finfo(float).eps)


def positions(y, grid):
    """Returns where y lies on the grid, in steps from its first point, clipped."""
    step = (grid[-1] - grid[0]) / (len(grid) - 1)
    return np.clip((y - grid[0]) / step, 0, len(grid) - 1)


def linear_bins(y, grid):
    """Returns the shares of y on the grid: each row is split over its neighbours."""
    bins = np.zeros(len(grid) + 1)
    for start in range(0, len(y), _CHUNK):
        where = positions(y[start : start + _CHUNK], grid)
        left = where.astype(np.int64)
        right_share = np.bincount(left, where - left, len(grid))
        bins[:-1] += np.bincount(left, minlength=len(grid)) - right_share
        bins[1:] += right_share
    return bins[:-1] / len(y)


def _density(y, grid, bandwidth, reach):
    step = (grid[-1] - grid[0]) / (len(grid) - 1)
    kernel = _gaussian(np.arange(-reach, reach + 1) * step, bandwidth)
    full = np.convolve(linear_bins(y, grid), kernel)
    return full[reach : reach + len(grid)]


def _gaussian(x, bandwidth):
    return np.exp(-0.5 * (x / bandwidth) ** 2) / (bandwidth * np.sqrt(2 * np.pi))


def _brent(f, a, b, xtol):
    """Brent's root finder; its last digits count, for xtol is coarse.

    Reference: R. P. Brent, Algorithms for Minimization Without Derivatives (1973),
    chapter 4, with the step rule that scipy's `brentq` uses.
    """
    previous, current = a, b
    f_previous, f_current = f(a), f(b)
    other = f_other = step = last_step = 0.0
    while True:
        if f_previous * f_current < 0:
            other, f_other = previous, f_previous
            step = last_step = current - previous
        if abs(f_other) < abs(f_current):
            previous, current, other = current, other, current
            f_previous, f_current, f_other = f_current, f_other, f_current
        delta = (xtol + 4 * np.finfo(float).eps * abs(current)) / 2
        half = (other - current) / 2
        if f_current == 0 or abs(half) < delta:
            return current
        trial = None
        if abs(last_step) > delta and abs(f_current) < abs(f_previous):
            slope = (f_previous - f_current) / (previous - current)
            if previous == other:
                trial = -f_current / slope
            else:
                slope_other = (f_other - f_current) / (other - current)
                trial = -f_current * (f_other * slope_other - f_previous * slope)
                trial /= slope_other * slope * (f_other - f_previous)
        if trial is not None and 2 * abs(trial) < min(
            abs(last_step), 3 * abs(half) - delta
        ):
            last_step, step = step, trial
        else:
            last_step = step = half
        previous, f_previous = current, f_current
        current += step if abs(step) > delta else np.copysign(delta, half)
        f_current = f(current)
